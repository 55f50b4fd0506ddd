import { type Review, version } from "./review.ts";

/** What the page shows while it is paused. */
export interface Held {
  now: Date;
  newest: readonly Review[] | undefined;
  failed: readonly Review[] | undefined;
}

/** More than this is shown as "99+". */
const MAX_NEWS = 99;

/** How many results have arrived since the page was paused, as text; empty for none. */
export function newsSince(held: Held, current: Pick<Held, "newest" | "failed">): string {
  const seen = new Set(both(held).map(version));
  const news = both(current).filter((review) => !seen.has(version(review))).length;
  return news > MAX_NEWS ? `${MAX_NEWS}+` : news === 0 ? "" : String(news);
}

/** The reviews of both lists. */
export function both({ newest, failed }: Pick<Held, "newest" | "failed">): Review[] {
  return [...(newest ?? []), ...(failed ?? [])];
}
