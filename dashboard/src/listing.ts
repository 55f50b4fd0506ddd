/** Which reviews the list shows: what Firestore is asked for, and what the page leaves out or adds itself. */
import type { User } from "./account.ts";
import { correctionsIn, correctList } from "./corrections.ts";
import { type Filters, labelsOf } from "./filters.ts";
import { contains } from "./find.ts";
import { contradictionsPlan, labelledPlan, type Plan } from "./plans.ts";
import type { Period } from "./ranges.ts";
import type { Review } from "./review.ts";
import type { Settings } from "./settings.ts";
import { poles } from "./tone.ts";

export function listPlan(filters: Filters, settings: Settings, period: Period): Plan {
  const pair = poles(settings);
  if (filters.view === "contradictions" && pair !== undefined) return contradictionsPlan(pair, filters, period);
  return labelledPlan(labelsOf(filters, settings.labels, settings.negative), filters, period, filters.sort);
}

/**
 * The reviews of {@link listPlan} with the corrections.
 * @param corrected all corrected reviews
 * @param complete whether `reviews` are all that the plan has
 */
export function withCorrections(
  reviews: readonly Review[],
  corrected: readonly Review[],
  { filters, settings, period, complete }: { filters: Filters; settings: Settings; period: Period; complete: boolean },
): Review[] {
  // What a person has corrected contradicts no longer, or the person agrees with the rating.
  if (filters.view === "contradictions") return reviews.filter(({ label, machineLabel }) => label === machineLabel);
  const labels = labelsOf(filters, settings.labels, settings.negative);
  return correctList(reviews, correctionsIn(corrected, filters, period), { labels, sort: filters.sort, complete });
}

/** Whether the reader wants to see a review: not if it is done or somebody else's in a queue. */
export function isWanted({ triage }: Review, { view, hideDone, owner }: Filters, user: User): boolean {
  if (hidesSome({ view, hideDone }) && triage?.state === "done") return false;
  return view !== "treat" || owner === "anyone" || triage?.assignee === (owner === "me" ? user.signature : undefined);
}

/** Whether {@link isWanted} may be false. */
export function hidesSome({ view, hideDone }: Pick<Filters, "view" | "hideDone">): boolean {
  return hideDone || view === "treat";
}

/** Everything that the filters select, for a file. */
export function selected(
  reviews: readonly Review[],
  corrected: readonly Review[],
  context: { filters: Filters; settings: Settings; period: Period; user: User },
): Review[] {
  return withCorrections(reviews, corrected, { ...context, complete: true }).filter(
    (review) => isWanted(review, context.filters, context.user) && contains(review, context.filters.find),
  );
}
