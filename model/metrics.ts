/** Measures for labels and scores, compared with labels that people gave. */

/** The result for a text, and the label that it should have. */
export interface Prediction {
  label: string;
  /** The model's probability of `label`, 0..1. */
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

/** Share of the texts with the right label, 0..1; NaN if there are none. */
export function accuracy(predictions: readonly Prediction[]): number {
  return predictions.filter(isRight).length / predictions.length;
}

/** Of the texts that should have `label`, the share that got it, 0..1; NaN if there are none. */
export function recall(predictions: readonly Prediction[], label: string): number {
  return accuracy(predictions.filter(({ expected }) => expected === label));
}

/** Harmonic mean of precision and recall, 0..1; NaN if no text should have the label and none got it. */
export function f1(predictions: readonly Prediction[], label: string): number {
  const expected = predictions.filter((one) => one.expected === label).length;
  const got = predictions.filter((one) => one.label === label).length;
  const right = predictions.filter((one) => one.label === label && isRight(one)).length;
  return (2 * right) / (expected + got);
}

/** Mean of the F1 of all labels, 0..1. Labels that do not occur are left out. NaN if there are no texts. */
export function macroF1(predictions: readonly Prediction[], labels: readonly string[]): number {
  const values = labels.map((label) => f1(predictions, label)).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Counts of texts by the label that they should have, then by the label that they got. */
export function confusion(
  predictions: readonly Prediction[],
  labels: readonly string[],
): Record<string, Record<string, number>> {
  const matrix = Object.fromEntries(labels.map((label) => [label, Object.fromEntries(labels.map((to) => [to, 0]))]));
  for (const { expected, label } of predictions) {
    const row = matrix[expected];
    if (row !== undefined) row[label] = (row[label] ?? 0) + 1;
  }
  return matrix;
}

/** The texts in bins of equal width by score: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2. */
export function scoreBins(predictions: readonly Prediction[], count = 15): ScoreBin[] {
  const groups = Array.from({ length: count }, (): Prediction[] => []);
  for (const one of predictions) groups[Math.max(0, Math.ceil(one.score * count) - 1)]?.push(one);
  return groups.map((group, i) => ({
    from: i / count,
    to: (i + 1) / count,
    count: group.length,
    confidence: group.length === 0 ? 0 : group.reduce((sum, { score }) => sum + score, 0) / group.length,
    accuracy: group.length === 0 ? 0 : accuracy(group),
  }));
}

/**
 * Expected calibration error, 0..1: the difference between score and accuracy in each bin, averaged over the texts.
 * Guo et al. 2017, equation 3, also with 15 bins. NaN if there are no texts.
 */
export function calibrationError(predictions: readonly Prediction[]): number {
  return (
    scoreBins(predictions).reduce((sum, bin) => sum + bin.count * Math.abs(bin.accuracy - bin.confidence), 0) /
    predictions.length
  );
}

/**
 * Class-wise expected calibration error, 0..1: the calibration error of the probabilities of each label, averaged over the labels.
 * Unlike {@link calibrationError} it takes all scores into account, not only the strongest. Kull et al. 2019, "Beyond temperature
 * scaling", section 2. NaN if there are no texts.
 */
export function classwiseCalibrationError(
  predictions: readonly (Prediction & { scores: Readonly<Record<string, number>> })[],
  labels: readonly string[],
): number {
  const errors = labels.map((label) =>
    calibrationError(
      predictions.map(({ scores, expected }) => ({
        label,
        score: scores[label] ?? 0,
        expected,
      })),
    ),
  );
  return errors.reduce((sum, error) => sum + error, 0) / labels.length;
}

/** The effect of leaving out texts with a score below `threshold`. */
export interface Coverage {
  threshold: number;
  /** Share of the texts that remain, 0..1. */
  coverage: number;
  /** Share of the remaining texts with the right label, 0..1; NaN if there are none. */
  accuracy: number;
}

export function coverageAt(predictions: readonly Prediction[], threshold: number): Coverage {
  const sure = predictions.filter(({ score }) => score >= threshold);
  return { threshold, coverage: sure.length / predictions.length, accuracy: accuracy(sure) };
}

function isRight({ label, expected }: Prediction): boolean {
  return label === expected;
}
