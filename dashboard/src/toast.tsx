import { useEffect } from "preact/hooks";
import { TEXTS } from "./texts.ts";
import type { Decisions } from "./use-decisions.ts";

/** How long a decision is shown, and can be taken back by its button. */
const SHOWN_MS = 12_000;

/** What has just been decided, with a button that takes it back, or why it was not saved. */
export function Toast({ last, isShown, problem, hide }: Decisions) {
  useEffect(() => {
    if (!isShown) return;
    const timer = setTimeout(hide, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [last]);
  return (
    <div class="toast">
      {problem !== undefined && <p role="alert">{problem}</p>}
      <p role="status">{isShown && last?.said}</p>
      {isShown && last?.undo !== undefined && (
        <button type="button" title="u" onClick={last.undo}>
          {TEXTS.triage.undo}
        </button>
      )}
    </div>
  );
}
