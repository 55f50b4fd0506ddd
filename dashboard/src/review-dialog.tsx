import { doc, type Firestore, type FirestoreError, onSnapshot } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import { failureOf } from "./failures.ts";
import { languageName, type Review, toReview } from "./review.ts";
import { Badge, Score, Scores } from "./review-parts.tsx";
import type { Settings } from "./settings.ts";

interface ReviewDialogProps {
  db: Firestore;
  path: string;
  settings: Settings;
  onClose: () => void;
}

/** One review with all its fields, live: an edit or a new label shows at once. */
export function ReviewDialog({ db, path, settings, onClose }: ReviewDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [review, setReview] = useState<Review | "deleted">();
  const [error, setError] = useState<FirestoreError>();
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(
    () =>
      onSnapshot(
        doc(db, path),
        (snapshot) => setReview(snapshot.exists() ? toReview(snapshot, settings) : "deleted"),
        setError,
      ),
    [db, path, settings],
  );
  return (
    <dialog ref={dialog} class="detail-dialog" aria-labelledby="review-title" onClose={onClose} closedby="any">
      <article>
        <header>
          <h2 id="review-title">{path}</h2>
          <button type="button" aria-label="Close" onClick={() => dialog.current?.close()}>
            ✕
          </button>
        </header>
        {error !== undefined && <p role="alert">The review could not be read: {error.message}</p>}
        {review === "deleted" && <p>This review no longer exists.</p>}
        {review === undefined && error === undefined && <p aria-busy="true">Loading …</p>}
        {typeof review === "object" && <Detail review={review} />}
      </article>
    </dialog>
  );
}

function Detail({ review }: { review: Review }) {
  const { text, error, scores, language, model, time, classifiedAt, others } = review;
  const facts = {
    ...(language !== undefined && { language: `${languageName(language)} (${language})` }),
    ...(time !== undefined && time.getTime() !== classifiedAt?.getTime() && { written: time.toLocaleString() }),
    ...(error !== undefined && { error: error.code }),
    model: model ?? "–",
    labelled: classifiedAt?.toLocaleString() ?? "–",
  };
  return (
    <>
      <p class="verdict">
        <Badge review={review} />
        {scores === undefined && <Score score={review.score} />}
      </p>
      {scores !== undefined && <Scores scores={scores} />}
      {error !== undefined && <p class="reason">{failureOf(error).reason}</p>}
      <blockquote lang={language}>{text?.trim() ? text : "(no text)"}</blockquote>
      <Facts facts={facts} />
      {others.length > 0 && (
        <>
          <h3>Other fields of the document</h3>
          <Facts facts={Object.fromEntries(others)} />
        </>
      )}
    </>
  );
}

function Facts({ facts }: { facts: Readonly<Record<string, string>> }) {
  return (
    <dl>
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
