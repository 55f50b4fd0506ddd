import type { Account, User } from "./connect.ts";

const STATES = { lost: "Connection lost", connecting: "Connecting …", paused: "Paused", live: "Live" };

export type ConnectionState = keyof typeof STATES;

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
  const resume = news === "" ? "Resume" : `Resume (${news} new)`;
  return (
    <header class="top">
      <h1>Review sentiment</h1>
      <p class={`connection ${state}`} role="status">
        {STATES[state]}
      </p>
      <button type="button" disabled={busy} onClick={onPause}>
        {news === undefined ? "Pause" : resume}
      </button>
      <p class="user">
        {user.name}
        {account.signOut !== undefined && (
          <button type="button" onClick={account.signOut}>
            Sign out
          </button>
        )}
      </p>
    </header>
  );
}

/** Said once, above everything, when Firestore cannot be reached. */
export function LostBanner({ onEmulator, onRetry }: { onEmulator: boolean; onRetry: () => void }) {
  return (
    <div class="banner" role="alert">
      <p>
        Firestore cannot be reached. The page shows what was last known and continues by itself when the connection is
        back.{" "}
        {onEmulator ? "Check that the command that serves this page is still running." : "Check this device's network."}
      </p>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
