import type { Firestore } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import type { User } from "./connect.ts";
import { MAX_NOTE_LENGTH, saveTriage, type Triage } from "./triage.ts";

interface TriagePanelProps {
  db: Firestore;
  path: string;
  user: User;
  triage: Triage | undefined;
}

/** What has been decided about a review; for an account that may write, the controls to decide it. */
export function TriagePanel({ db, path, user, triage }: TriagePanelProps) {
  const [note, setNote] = useState(triage?.note ?? "");
  const [problem, setProblem] = useState<string>();
  useEffect(() => setNote(triage?.note ?? ""), [triage?.note]);
  const { state = "open", assignee } = triage ?? {};
  const save = async (changed: Partial<Triage>): Promise<void> => {
    try {
      await saveTriage(db, path, user, { state, assignee, note, ...changed });
      setProblem(undefined);
    } catch (error) {
      setProblem(`Not saved: ${(error as Error).message}`);
    }
  };
  useShortcuts(user.mayWrite, { e: () => void save({ state: "done" }), u: () => void save({ state: "open" }) });
  return (
    <section class="triage" aria-label="Treatment">
      <p>
        <strong>{state === "done" ? "Done" : "To treat"}</strong>
        {assignee !== undefined && `, assigned to ${assignee}`}
        {triage !== undefined && (
          <span class="by">
            {" "}
            {triage.by}, {triage.at?.toLocaleString() ?? "just now"}
          </span>
        )}
      </p>
      {!user.mayWrite && triage?.note !== undefined && <p>{triage.note}</p>}
      {user.mayWrite && (
        <>
          <label>
            Note
            <textarea
              rows={2}
              maxLength={MAX_NOTE_LENGTH}
              value={note}
              onInput={({ currentTarget }) => setNote(currentTarget.value)}
            />
          </label>
          <div class="actions">
            {state === "open" ? (
              <button type="button" class="primary" title="e" onClick={() => save({ state: "done" })}>
                Mark as done
              </button>
            ) : (
              <button type="button" title="u" onClick={() => save({ state: "open" })}>
                Reopen
              </button>
            )}
            {note !== (triage?.note ?? "") && (
              <button type="button" onClick={() => save({})}>
                Save the note
              </button>
            )}
            {assignee === user.signature ? (
              <button type="button" onClick={() => save({ assignee: "" })}>
                Unassign
              </button>
            ) : (
              <button type="button" onClick={() => save({ assignee: user.signature })}>
                Assign to me
              </button>
            )}
          </div>
        </>
      )}
      {problem !== undefined && <p role="alert">{problem}</p>}
    </section>
  );
}

/** Keys that act while nothing is being typed. */
function useShortcuts(active: boolean, actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    if (!active) return;
    const onKeyDown = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
      if (ctrlKey || metaKey || altKey || (target as Element).matches("input, textarea, select")) return;
      if (Object.hasOwn(actions, key)) actions[key]?.();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
}
