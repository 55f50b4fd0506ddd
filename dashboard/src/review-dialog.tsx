import { type DocumentSnapshot, doc, type Firestore, type FirestoreError, onSnapshot } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import type { User } from "./account.ts";
import { failureOf } from "./failures.ts";
import { addReads } from "./reads.ts";
import { isCorrected, languageName, type Review, toReview } from "./review.ts";
import { Badge, Rating, Score, Scores } from "./review-parts.tsx";
import { isEmulated, type Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";
import { Toast } from "./toast.tsx";
import type { Change } from "./triage.ts";
import { TriagePanel } from "./triage-panel.tsx";
import type { Decisions } from "./use-decisions.ts";

const { dialog: T } = TEXTS;

interface ReviewDialogProps {
  db: Firestore;
  path: string;
  settings: Settings;
  user: User;
  decisions: Decisions;
  /** The paths before and after this one in its list. */
  previous: string | undefined;
  next: string | undefined;
  /** Whether the next review opens when this one is done. */
  queue: boolean;
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
export function ReviewDialog(props: ReviewDialogProps) {
  const { db, path, settings, user, decisions, previous, next, queue, onDocument, onOpen, onClose } = props;
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
          if (!snapshot.metadata.fromCache) addReads(1);
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
  const decide = (change: Change): void => {
    if (typeof review !== "object") return;
    void decisions.decide(review, change);
    if (queue && change.state === "done") step(next);
  };
  const onKeyDown = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
    if (ctrlKey || metaKey || altKey || (target as Element).matches("input:not([type=radio]), textarea")) return;
    if (key === "j") step(next);
    if (key === "k") step(previous);
    if (!user.mayWrite || typeof review !== "object") return;
    const isDone = review.triage?.state === "done";
    if (key === "e" && !isDone) decide({ state: "done" });
    if (key === "u") isDone ? decide({ state: "open" }) : void decisions.last?.undo?.();
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
            {T.previous}
          </button>
          <button type="button" aria-disabled={next === undefined} title="j" onClick={() => step(next)}>
            {T.next}
          </button>
          <button type="button" aria-label={T.close} onClick={() => dialog.current?.close()}>
            ✕
          </button>
        </header>
        {error !== undefined && <p role="alert">{T.unreadable(error.message)}</p>}
        {review === "deleted" && <p>{T.deleted}</p>}
        {review === undefined && error === undefined && <p aria-busy="true">{TEXTS.loading}</p>}
        {typeof review === "object" && (
          <>
            <Detail review={review} />
            <TriagePanel key={path} review={review} settings={settings} user={user} onDecide={decide} />
            <Facts review={review} />
          </>
        )}
        <footer>
          <CopyLink key={path} />
          {!isEmulated(settings) && (
            <a href={consoleLink(db, path, settings)} target="_blank" rel="noreferrer">
              {T.console}
            </a>
          )}
          <Toast {...decisions} />
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
      () => setOutcome(T.copied),
      () => setOutcome(T.notCopied),
    );
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {T.copyLink}
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
  const { text, error, scores, language, rating, machineLabel } = review;
  return (
    <>
      <p class="verdict">
        <Badge review={review} />
        {isCorrected(review) && (
          <span class="machine">
            {machineLabel === undefined ? T.machineFailed : T.machine(TEXTS.label(machineLabel))}
          </span>
        )}
        {scores === undefined && <Score score={review.score} />}
        <Rating rating={rating} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <blockquote lang={language} tabIndex={0}>
        {text?.trim() ? text : T.noText}
      </blockquote>
      {scores !== undefined && <Scores scores={scores} />}
      {error !== undefined && <p class="reason">{failureOf(error).reason}</p>}
    </>
  );
}

function Facts({ review: { language, time, classifiedAt, error, model, others } }: { review: Review }) {
  const facts = {
    ...(language !== undefined && { [T.language]: `${languageName(language)} (${language})` }),
    ...(time !== undefined && time.getTime() !== classifiedAt?.getTime() && { [T.written]: time.toLocaleString() }),
    ...(error !== undefined && { [T.error]: error.code }),
    [T.model]: model ?? TEXTS.none,
    [T.labelled]: classifiedAt?.toLocaleString() ?? TEXTS.none,
  };
  return (
    <>
      <FactList facts={facts} />
      {others.length > 0 && (
        <>
          <h3>{T.others}</h3>
          <FactList facts={Object.fromEntries(others)} />
        </>
      )}
    </>
  );
}

function FactList({ facts }: { facts: Readonly<Record<string, string>> }) {
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
