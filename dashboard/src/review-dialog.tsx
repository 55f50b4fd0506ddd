import { type DocumentSnapshot, doc, type Firestore, type FirestoreError, onSnapshot } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import type { User } from "./connect.ts";
import { failureOf } from "./failures.ts";
import { languageName, type Review, toReview } from "./review.ts";
import { Badge, Score, Scores } from "./review-parts.tsx";
import type { Settings } from "./settings.ts";
import { TriagePanel } from "./triage-panel.tsx";

interface ReviewDialogProps {
  db: Firestore;
  path: string;
  settings: Settings;
  user: User;
  /** The paths before and after this one in its list. */
  previous: string | undefined;
  next: string | undefined;
  /** Called with each version of the document. */
  onDocument: (document: DocumentSnapshot) => void;
  onOpen: (path: string) => void;
  onClose: () => void;
}

/** The last answer about a path. */
interface Answer {
  path: string;
  review?: Review | "deleted";
  error?: FirestoreError;
}

/** One review with all its fields, live: an edit or a new label shows at once. */
export function ReviewDialog({
  db,
  path,
  settings,
  user,
  previous,
  next,
  onDocument,
  onOpen,
  onClose,
}: ReviewDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [answer, setAnswer] = useState<Answer>({ path });
  // The listener outlives a render.
  const latest = useRef(onDocument);
  latest.current = onDocument;
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(
    () =>
      onSnapshot(
        doc(db, path),
        (snapshot) => {
          setAnswer({ path, review: snapshot.exists() ? toReview(snapshot, settings) : "deleted" });
          latest.current(snapshot);
        },
        (error) => setAnswer({ path, error }),
      ),
    [db, path, settings],
  );
  const { review, error }: Answer = answer.path === path ? answer : { path };
  const step = (to: string | undefined): void => {
    if (to !== undefined) onOpen(to);
  };
  const onKeyDown = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
    if (ctrlKey || metaKey || altKey || (target as Element).matches("input, textarea")) return;
    if (key === "j") step(next);
    if (key === "k") step(previous);
  };
  return (
    <dialog
      ref={dialog}
      class="detail-dialog"
      aria-labelledby="review-title"
      onKeyDown={onKeyDown}
      onClose={onClose}
      closedby="any"
    >
      <article>
        <header>
          <h2 id="review-title">{path}</h2>
          {/* Not disabled at the ends of the list: a disabled button would lose the focus. */}
          <button type="button" aria-disabled={previous === undefined} title="k" onClick={() => step(previous)}>
            Previous
          </button>
          <button type="button" aria-disabled={next === undefined} title="j" onClick={() => step(next)}>
            Next
          </button>
          <button type="button" aria-label="Close" onClick={() => dialog.current?.close()}>
            ✕
          </button>
        </header>
        {error !== undefined && <p role="alert">The review could not be read: {error.message}</p>}
        {review === "deleted" && <p>This review no longer exists.</p>}
        {review === undefined && error === undefined && <p aria-busy="true">Loading …</p>}
        {typeof review === "object" && (
          <>
            <Detail review={review} />
            <TriagePanel key={path} db={db} path={path} user={user} triage={review.triage} />
          </>
        )}
        <footer>
          <CopyLink key={path} />
          {settings.emulator === undefined && (
            <a href={consoleLink(db, path, settings)} target="_blank" rel="noreferrer">
              Open in the Firebase console
            </a>
          )}
        </footer>
      </article>
    </dialog>
  );
}

/** Copies the page's address, which names the review. */
function CopyLink() {
  const [outcome, setOutcome] = useState("");
  const copy = (): void => {
    navigator.clipboard.writeText(location.href).then(
      () => setOutcome("Copied."),
      () => setOutcome("The browser does not allow it. Copy the address of this page."),
    );
  };
  return (
    <>
      <button type="button" onClick={copy}>
        Copy link
      </button>
      <span role="status">{outcome}</span>
    </>
  );
}

/** Where the Firebase console shows the document. */
function consoleLink(db: Firestore, path: string, { database }: Settings): string {
  const id = database === "(default)" ? "-default-" : database;
  const place = path.split("/").map((segment) => `~2F${encodeURIComponent(segment)}`);
  return `https://console.firebase.google.com/project/${db.app.options.projectId}/firestore/databases/${id}/data/${place.join("")}`;
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
