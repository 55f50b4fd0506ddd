import { useEffect } from "preact/hooks";
import { TEXTS } from "./texts.ts";
import type { Decisions } from "./use-decisions.ts";

const { triage: T } = TEXTS;

/** How long a decision is shown, and can be taken back by its button. */
const SHOWN_MS = 12_000;

/** What has just been decided, with a button that takes it back, or why it is not saved. */
export function Toast({ last, isShown, isSaving, waiting, problem, hide }: Decisions) {
  useEffect(() => {
    if (!isShown || isSaving) return;
    const timer = setTimeout(hide, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [last, isSaving]);
  return (
    <div class="toast">
      {problem !== undefined && <p role="alert">{problem}</p>}
      <p role="status">{waiting > 0 ? T.waiting(waiting) : isSaving ? T.saving : isShown && last?.said}</p>
      {isShown && last?.undo !== undefined && (
        <button type="button" title="u" onClick={last.undo}>
          {T.undo}
        </button>
      )}
    </div>
  );
}
