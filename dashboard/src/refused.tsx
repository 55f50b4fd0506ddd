import type { Account, User } from "./connect.ts";
import { Notice } from "./notice.tsx";

interface RefusedProps {
  code: string;
  message: string;
  account: Account;
  user: User;
  onRetry: () => void;
}

/** Shown in place of the page when Firestore refuses its queries. */
export function Refused({ code, message, account, user, onRetry }: RefusedProps) {
  if (code === "permission-denied")
    return (
      <Notice title="This account may not read the reviews" action="Try again" onAction={onRetry}>
        <p>
          You are signed in as {user.name}, id <code>{user.uid}</code>. Ask the people who run the project to give this
          account the claim <code>reviews: "read"</code>, as <code>docs/guides/dashboard.md</code> describes; then try
          again.
        </p>
        {account.signOut !== undefined && (
          <button type="button" onClick={account.signOut}>
            Use another account
          </button>
        )}
      </Notice>
    );
  const noIndex = code === "failed-precondition";
  return (
    <Notice
      title={noIndex ? "An index is missing or still being built" : "Firestore refused the query"}
      action="Try again"
      onAction={onRetry}
    >
      <p>
        {noIndex ? (
          <>
            Deploy the indexes of <code>firestore.indexes.json</code>:{" "}
            <code>npx firebase-tools deploy --only firestore:indexes</code>. Building them takes some minutes.
          </>
        ) : (
          "The message below says why."
        )}
      </p>
      <p class="detail">
        {code}: {message}
      </p>
    </Notice>
  );
}
