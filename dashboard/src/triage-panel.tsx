import { useEffect, useState } from "preact/hooks";
import type { User } from "./account.ts";
import { isCorrected, isOutdatedCorrection, type Review } from "./review.ts";
import type { Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";
import { tone } from "./tone.ts";
import { type Change, MAX_NOTE_LENGTH } from "./triage.ts";

const { triage: T, label: labelName } = TEXTS;

interface TriagePanelProps {
  review: Review;
  settings: Settings;
  user: User;
  onDecide: (change: Change) => void;
}

/** What has been decided about a review; for an account that may write, the controls to decide it. */
export function TriagePanel({ review, settings, user, onDecide }: TriagePanelProps) {
  const { triage } = review;
  const [note, setNote] = useState(triage?.note ?? "");
  useEffect(() => setNote(triage?.note ?? ""), [triage?.note]);
  const { state = "open", assignee } = triage ?? {};
  // A note that is being written is saved with everything else.
  const decide = (change: Change): void => onDecide(note === (triage?.note ?? "") ? change : { note, ...change });
  return (
    <section class="triage" aria-label={T.title}>
      <p>
        <strong>{state === "done" ? T.done : T.open}</strong>
        {assignee !== undefined && T.assigned(assignee)}
        {triage !== undefined && <span class="by">{T.by(triage.by, triage.at?.toLocaleString() ?? T.justNow)}</span>}
      </p>
      {isOutdatedCorrection(review) && <p class="reason">{T.outdated(labelName(triage?.label ?? ""))}</p>}
      {!user.mayWrite && triage?.note !== undefined && <p>{triage.note}</p>}
      {user.mayWrite && (
        <>
          <Correction review={review} labels={settings.labels} onDecide={decide} />
          <label>
            {T.note}
            <textarea
              rows={2}
              maxLength={MAX_NOTE_LENGTH}
              value={note}
              onInput={({ currentTarget }) => setNote(currentTarget.value)}
            />
          </label>
          <div class="actions">
            {state === "open" ? (
              <button type="button" class="primary" title="e" onClick={() => decide({ state: "done" })}>
                {T.markDone}
              </button>
            ) : (
              <button type="button" title="u" onClick={() => decide({ state: "open" })}>
                {T.reopen}
              </button>
            )}
            {note !== (triage?.note ?? "") && (
              <button type="button" onClick={() => decide({ note })}>
                {T.saveNote}
              </button>
            )}
            {assignee === user.signature ? (
              <button type="button" onClick={() => decide({ assignee: "" })}>
                {T.unassign}
              </button>
            ) : (
              <button type="button" onClick={() => decide({ assignee: user.signature })}>
                {T.assign}
              </button>
            )}
          </div>
        </>
      )}
    </section>
  );
}

interface CorrectionProps {
  review: Review;
  labels: readonly string[];
  onDecide: (change: Change) => void;
}

/** The labels to choose from. A correction is about the text that the machine has read, so there has to be one. */
function Correction({ review, labels, onDecide }: CorrectionProps) {
  const { label, machineLabel, textHash } = review;
  if (textHash === undefined) return null;
  const corrected = isCorrected(review);
  const choose = (chosen: string): void => {
    if (chosen === label) return;
    onDecide({ correction: chosen === machineLabel ? undefined : { label: chosen, textHash } });
  };
  return (
    <fieldset class="correction">
      <legend>{T.right}</legend>
      <div class="choices">
        {labels.map((one) => (
          <label key={one} class={`choice ${tone(one)}`}>
            <input type="radio" name="label" value={one} checked={one === label} onChange={() => choose(one)} />
            {labelName(one)}
          </label>
        ))}
        {corrected && (
          <button type="button" class="link" onClick={() => onDecide({ correction: undefined })}>
            {T.withdraw}
          </button>
        )}
      </div>
    </fieldset>
  );
}
