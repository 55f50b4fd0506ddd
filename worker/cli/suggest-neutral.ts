import { macroF1 } from "../../model/metrics.ts";
import { isNeutral, type LabelSettings, labelled } from "../../shared/result.ts";

/** The model's probabilities for a text, and the correct label. */
export interface Compared {
  scores: Readonly<Record<string, number>>;
  expected: string;
}

export interface Suggestion {
  /** The best threshold, or `undefined` for none. */
  neutralBelow: number | undefined;
  /** With the best threshold, and without one. */
  macroF1: number;
  macroF1Without: number;
}

/** With fewer reviews, or fewer neutral ones, the best threshold would be due to chance. */
export const MIN_REVIEWS = 50;
export const MIN_NEUTRAL = 10;

/** A smaller gain is not worth a setting. */
const MIN_GAIN = 0.01;

const STEP = 0.01;

/**
 * The value of `NEUTRAL_BELOW` with the best macro-F1 for these reviews. If several are equally good, it is the
 * lowest, which changes the fewest labels.
 * @returns `undefined` for fewer reviews than {@link MIN_REVIEWS} or fewer neutral ones than {@link MIN_NEUTRAL}
 */
export function suggestNeutralBelow(
  reviews: readonly Compared[],
  labels: readonly string[],
  settings: Pick<LabelSettings, "neutral">,
): Suggestion | undefined {
  const neutral = reviews.filter(({ expected }) => isNeutral(expected)).length;
  if (reviews.length < MIN_REVIEWS || neutral < MIN_NEUTRAL) return undefined;
  const measure = (neutralBelow: number | undefined): number =>
    macroF1(
      reviews.map(({ scores, expected }) => ({ ...labelled({ scores }, { ...settings, neutralBelow }), expected })),
      labels,
    );
  const without = measure(undefined);
  let best = { neutralBelow: undefined as number | undefined, macroF1: without };
  for (let step = 1; step < 1 / STEP; step++) {
    const neutralBelow = Number((step * STEP).toFixed(2));
    const value = measure(neutralBelow);
    if (value > best.macroF1 && value >= without + MIN_GAIN) best = { neutralBelow, macroF1: value };
  }
  return { ...best, macroF1Without: without };
}
