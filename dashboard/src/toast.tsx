import { useEffect } from "preact/hooks";
import { TEXTS } from "./texts.ts";
import type { Decisions } from "./use-decisions.ts";

/** How long a decision can be taken back by its button. */
const SHOWN_MS = 12_000;

/** What has just been decided, with a button that takes it back, or why it was not saved. */
export function Toast({ last, problem, forget }: Decisions) {
  useEffect(() => {
    if (last === undefined) return;
    const timer = setTimeout(forget, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [last]);
  return (
    <div class="toast">
      {problem !== undefined && <p role="alert">{problem}</p>}
      <p role="status">{last?.said}</p>
      {last?.undo !== undefined && (
        <button type="button" title="u" onClick={last.undo}>
          {TEXTS.triage.undo}
        </button>
      )}
    </div>
  );
}
