/** The colour class of a label, by what its name means. */
export function tone(label: string | undefined): "negative" | "positive" | "neutral" {
  if (/^neg/i.test(label ?? "")) return "negative";
  return /^pos/i.test(label ?? "") ? "positive" : "neutral";
}

/** -1 for a negative label, 1 for a positive one, 0 for any other. */
export function polarity(label: string): -1 | 0 | 1 {
  return ({ negative: -1, neutral: 0, positive: 1 } as const)[tone(label)];
}

/** The label that stands for dissatisfaction and the one for satisfaction. */
export interface Poles {
  negative: string;
  positive: string;
}

/** Absent where there is no positive label. */
export function poles({ labels, negative }: { labels: readonly string[]; negative: string }): Poles | undefined {
  const positive = labels.find((label) => polarity(label) === 1);
  return positive === undefined ? undefined : { negative, positive };
}
