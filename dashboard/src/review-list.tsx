import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { CountFailed } from "./count-failed.tsx";
import type { Review } from "./review.ts";
import { Badge, Corrected, Language, Rating, Score, Time, Treatment } from "./review-parts.tsx";
import { TEXTS } from "./texts.ts";
import { useVirtual } from "./use-virtual.ts";

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
  /** Between the title and the list. */
  notes?: ComponentChildren;
  /** Below the list. */
  footnote?: string | undefined;
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
  notes,
  footnote,
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
      {notes}
      {reviews === undefined && (connected ? <Skeleton /> : <p class="empty">{TEXTS.unknown}</p>)}
      {reviews?.length === 0 && <div class="empty">{children}</div>}
      {reviews !== undefined && reviews.length > 0 && <Rows reviews={reviews} now={now} onOpen={onOpen} />}
      {showMore !== undefined && reviews !== undefined && <ShowMore onClick={showMore} />}
      <CountFailed what="more" error={moreError} />
      {footnote !== undefined && <p class="keys">{footnote}</p>}
    </section>
  );
}

interface RowsProps {
  reviews: readonly Review[];
  now: Date;
  onOpen: (path: string) => void;
}

function Rows({ reviews, now, onOpen }: RowsProps) {
  const list = useRef<HTMLUListElement>(null);
  const virtual = useVirtual(list, reviews.length);
  if (virtual === undefined)
    return (
      <ul ref={list} class="reviews">
        {reviews.map((review) => (
          <li key={review.path}>
            <Row review={review} now={now} onOpen={onOpen} />
          </li>
        ))}
      </ul>
    );
  return (
    <ul ref={list} class="reviews virtual" style={{ height: `${virtual.height}px` }}>
      {virtual.items.map(({ index, start }) => {
        const review = reviews[index];
        return (
          review && (
            <li
              key={review.path}
              ref={virtual.measure}
              data-index={index}
              aria-setsize={reviews.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start - virtual.margin}px)` }}
            >
              <Row review={review} now={now} onOpen={onOpen} />
            </li>
          )
        );
      })}
    </ul>
  );
}

function Row({ review, now, onOpen }: Omit<RowsProps, "reviews"> & { review: Review }) {
  return (
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
        <Rating rating={review.rating} />
        {review.group !== undefined && <span class="group">{review.group}</span>}
        <Language code={review.language} />
        <Corrected review={review} />
        <Treatment triage={review.triage} />
      </span>
      <Time at={review.time} now={now} />
      <span class="excerpt" lang={review.language}>
        {excerpt(review)}
      </span>
    </button>
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
      {busy ? TEXTS.loading : TEXTS.list.showMore}
    </button>
  );
}

/** Has the height of a list, so that nothing moves when the list comes. */
function Skeleton() {
  return (
    <div class="skeleton">
      <p class="visually-hidden">{TEXTS.loading}</p>
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
