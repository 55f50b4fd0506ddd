import type { Account, User } from "./account.ts";
import { TEXTS } from "./texts.ts";

const { top: T } = TEXTS;

export type ConnectionState = "lost" | "connecting" | "paused" | "live";

interface TopBarProps {
  state: ConnectionState;
  account: Account;
  user: User;
  /** While the page is paused: how many results are new, as text. */
  news: string | undefined;
  /** Whether something is still loading, so that pausing would freeze half a page. */
  busy: boolean;
  onPause: () => void;
}

/** The page's title, whether it is live, and who is signed in. */
export function TopBar({ state, account, user, news, busy, onPause }: TopBarProps) {
  return (
    <header class="top">
      <h1>{TEXTS.title}</h1>
      <p class={`connection ${state}`} role="status">
        {T[state]}
      </p>
      <button type="button" disabled={busy} onClick={onPause}>
        {news === undefined ? T.pause : T.resume(news)}
      </button>
      <p class="user">
        {user.name}
        {account.signOut !== undefined && (
          <button type="button" onClick={account.signOut}>
            {T.signOut}
          </button>
        )}
      </p>
    </header>
  );
}

/**
 * Said once, above everything, when Firestore cannot be reached.
 * @param isServed whether a command on this machine serves the page
 */
export function LostBanner({ isServed, onRetry }: { isServed: boolean; onRetry: () => void }) {
  return (
    <div class="banner" role="alert">
      <p>
        {T.unreachable} {isServed ? T.checkCommand : T.checkNetwork}
      </p>
      <button type="button" onClick={onRetry}>
        {T.tryNow}
      </button>
    </div>
  );
}
