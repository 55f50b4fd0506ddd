import type { Account, User } from "./account.ts";
import { Notice } from "./notice.tsx";
import { TEXTS } from "./texts.ts";

const { refused: T } = TEXTS;

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
      <Notice title={T.title} action={TEXTS.start.tryAgain} onAction={onRetry}>
        <p>
          {T.account(user.name)} <code>{user.uid}</code>. {T.ask} <code>reviews: "read"</code>, {T.how}
        </p>
        {account.signOut !== undefined && (
          <button type="button" onClick={account.signOut}>
            {T.other}
          </button>
        )}
      </Notice>
    );
  const noIndex = code === "failed-precondition";
  return (
    <Notice title={noIndex ? T.noIndex : T.query} action={TEXTS.start.tryAgain} onAction={onRetry}>
      <p>
        {noIndex ? (
          <>
            {T.deployIndexes} <code>npm run dashboard -- --check</code>
          </>
        ) : (
          T.why
        )}
      </p>
      <p class="detail">
        {code}: {message}
      </p>
    </Notice>
  );
}
