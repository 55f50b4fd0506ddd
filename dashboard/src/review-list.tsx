import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { CountFailed } from "./count-failed.tsx";
import type { Review } from "./review.ts";
import { Badge, Language, Score, Time, Treatment } from "./review-parts.tsx";

/** Characters of a text in a list; the style sheet cuts it to two lines. */
const EXCERPT_LENGTH = 240;

export interface ReviewListProps {
  id: string;
  title: string;
  /** Absent before the first answer. */
  reviews: readonly Review[] | undefined;
  busy: boolean;
  /** Whether Firestore can be reached: without it, an absent list is not loading. */
  connected: boolean;
  now: Date;
  /** Controls beside the title. */
  tools?: ComponentChildren;
  onOpen: (path: string) => void;
  /** Absent where there is nothing more. */
  showMore: (() => Promise<void>) | undefined;
  moreError: unknown;
  /** Shown in place of an empty list. */
  children: ComponentChildren;
}

/** Reviews, each a button that opens it. */
export function ReviewList({
  id,
  title,
  reviews,
  busy,
  connected,
  now,
  tools,
  onOpen,
  showMore,
  moreError,
  children,
}: ReviewListProps) {
  const section = useRef<HTMLElement>(null);
  useKeptFocus(section.current);
  return (
    <section ref={section} class="panel" id={id} aria-labelledby={`${id}-title`} aria-busy={busy}>
      <header>
        <h2 id={`${id}-title`} tabIndex={-1}>
          {title}
        </h2>
        {tools}
      </header>
      {reviews === undefined &&
        (connected ? <Skeleton /> : <p class="empty">Not known: Firestore cannot be reached.</p>)}
      {reviews?.length === 0 && <div class="empty">{children}</div>}
      {reviews !== undefined && reviews.length > 0 && (
        <ul class="reviews">
          {reviews.map((review) => (
            <li key={review.path}>
              <button
                type="button"
                class="review"
                data-path={review.path}
                aria-haspopup="dialog"
                onClick={() => onOpen(review.path)}
              >
                <Badge review={review} />
                <Score score={review.score} />
                <span class="marks">
                  <Language code={review.language} />
                  <Treatment triage={review.triage} />
                </span>
                <Time at={review.time} now={now} />
                <span class="excerpt" lang={review.language}>
                  {excerpt(review)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {showMore !== undefined && reviews !== undefined && <ShowMore onClick={showMore} />}
      <CountFailed what="Loading more" error={moreError} />
    </section>
  );
}

function ShowMore({ onClick }: { onClick: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const load = async (): Promise<void> => {
    setBusy(true);
    await onClick();
    setBusy(false);
  };
  return (
    <button type="button" class="more" aria-disabled={busy} onClick={() => busy || void load()}>
      {busy ? "Loading …" : "Show more"}
    </button>
  );
}

/** Has the height of a list, so that nothing moves when the list comes. */
function Skeleton() {
  return (
    <div class="skeleton">
      <p class="visually-hidden">Loading …</p>
      {Array.from({ length: 8 }, (_, i) => (
        <div key={i} class="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}

/** Keeps the focus in the list when the row that has it disappears. Otherwise it would go to the top of the page. */
function useKeptFocus(section: HTMLElement | null): void {
  // As they are before this change.
  const rows = [...(section?.querySelectorAll<HTMLElement>(".review") ?? [])];
  const focused = document.activeElement as HTMLElement;
  const inside = section?.contains(focused);
  useLayoutEffect(() => {
    if (!inside || focused.isConnected) return;
    const left = (row: HTMLElement): boolean => row.isConnected;
    const next = rows.slice(rows.indexOf(focused)).find(left) ?? rows.findLast(left);
    (next ?? section?.querySelector("h2"))?.focus();
  });
}

function excerpt({ path, text, error }: Review): string {
  return text?.trim() ? text.slice(0, EXCERPT_LENGTH) : error === undefined ? path : `${path}: ${error.message}`;
}
