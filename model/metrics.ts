/** How good labels and scores are, against labels that somebody gave. */

/** One text that was classified, and what it should have been. */
export interface Judged {
  label: string;
  /** 0..1, the model's probability of `label`. */
  score: number;
  expected: string;
}

/** The texts whose scores are in (`from`, `to`]. */
export interface ScoreBin {
  from: number;
  to: number;
  count: number;
  /** Mean score of its texts, 0..1; 0 if it has none. */
  confidence: number;
  /** Share of its texts with the right label, 0..1; 0 if it has none. */
  accuracy: number;
}

/** Share of the texts with the right label, 0..1; NaN of none. */
export function accuracy(judged: readonly Judged[]): number {
  return judged.filter(isRight).length / judged.length;
}

/** Share of the texts which should have `label` that got it, 0..1; NaN if none should. */
export function recall(judged: readonly Judged[], label: string): number {
  return accuracy(judged.filter(({ expected }) => expected === label));
}

/** Bins of equal width over 0..1 by score: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2. */
export function scoreBins(judged: readonly Judged[], count = 15): ScoreBin[] {
  const groups = Array.from({ length: count }, (): Judged[] => []);
  for (const one of judged) groups[Math.max(0, Math.ceil(one.score * count) - 1)]?.push(one);
  return groups.map((group, i) => ({
    from: i / count,
    to: (i + 1) / count,
    count: group.length,
    confidence: group.length === 0 ? 0 : group.reduce((sum, { score }) => sum + score, 0) / group.length,
    accuracy: group.length === 0 ? 0 : accuracy(group),
  }));
}

/**
 * Expected calibration error, 0..1: by how much score and accuracy differ, averaged over the texts by bin.
 * Guo et al. 2017, equation 3, with 15 bins as there. NaN of no texts.
 */
export function calibrationError(judged: readonly Judged[]): number {
  return (
    scoreBins(judged).reduce((sum, bin) => sum + bin.count * Math.abs(bin.accuracy - bin.confidence), 0) / judged.length
  );
}

/** What is left if only scores from `threshold` on count, as with `NEUTRAL_BELOW`. */
export interface Coverage {
  threshold: number;
  /** Share of the texts with such a score, 0..1. */
  coverage: number;
  /** Share of those with the right label, 0..1; NaN of none. */
  accuracy: number;
}

export function coverageAt(judged: readonly Judged[], threshold: number): Coverage {
  const sure = judged.filter(({ score }) => score >= threshold);
  return { threshold, coverage: sure.length / judged.length, accuracy: accuracy(sure) };
}

function isRight({ label, expected }: Judged): boolean {
  return label === expected;
}
