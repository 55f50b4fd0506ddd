import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Review } from "./review.ts";
import { Badge, Score, Time } from "./review-parts.tsx";

/** Of a text in a list; the style sheet cuts it to two lines. */
const EXCERPT_LENGTH = 240;

interface ReviewListProps {
  id: string;
  title: string;
  /** Not there before the first answer. */
  reviews: readonly Review[] | undefined;
  busy: boolean;
  now: Date;
  onOpen: (path: string) => void;
  /** What to say of an empty list. */
  children: ComponentChildren;
}

/** Reviews, newest first, each a button that opens it. */
export function ReviewList({ id, title, reviews, busy, now, onOpen, children }: ReviewListProps) {
  const section = useRef<HTMLElement>(null);
  // As they are before this change.
  const rows = [...(section.current?.querySelectorAll<HTMLElement>(".review") ?? [])];
  const focused = document.activeElement as HTMLElement;
  const inside = section.current?.contains(focused);
  // Without this, whoever is on a row that leaves the list would have to start again from the top of the page.
  useLayoutEffect(() => {
    if (!inside || focused.isConnected) return;
    const left = (row: HTMLElement): boolean => row.isConnected;
    const next = rows.slice(rows.indexOf(focused)).find(left) ?? rows.findLast(left);
    (next ?? section.current?.querySelector("h2"))?.focus();
  });
  return (
    <section ref={section} class="panel" id={id} aria-labelledby={`${id}-title`} aria-busy={busy}>
      <h2 id={`${id}-title`} tabIndex={-1}>
        {title}
      </h2>
      {reviews === undefined && <p class="empty">Loading …</p>}
      {reviews?.length === 0 && <div class="empty">{children}</div>}
      {reviews !== undefined && reviews.length > 0 && (
        <ul class="reviews">
          {reviews.map((review) => (
            <li key={review.path}>
              <button type="button" class="review" aria-haspopup="dialog" onClick={() => onOpen(review.path)}>
                <Badge review={review} />
                <Score score={review.score} />
                <Time at={review.classifiedAt} now={now} />
                <span class="excerpt">{excerpt(review)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function excerpt({ path, text, error }: Review): string {
  if (error !== undefined) return `${path}: ${error.message}`;
  return text?.slice(0, EXCERPT_LENGTH) ?? path;
}
