import { openReviewsFile } from "../shared/reviews-file.ts";
import { SAMPLES } from "../worker/demo/samples.ts";

/** The samples' texts, then others made of them: in capitals, cut off, two or three together, and now and then very long ones. */
export async function reviews(count: number): Promise<string[]> {
  const samples: string[] = [];
  for await (const { text } of (await openReviewsFile(SAMPLES.hard)).rows()) {
    if (typeof text === "string" && text.trim() !== "") samples.push(text);
  }
  const sample = (i: number): string => samples[i % samples.length] as string;
  const some = (from: number, much: number): string =>
    Array.from({ length: much }, (_, i) => sample(from + 7 * i)).join(" ");
  return Array.from({ length: count }, (_, i) => {
    if (i < samples.length) return sample(i);
    if (i % 40 === 0) return some(i, 20 + (i % 11));
    const made = [sample(i).toUpperCase(), sample(i).slice(0, 10 + (i % 50)), some(i, 2), some(i, 3)];
    return `${made[i % 4]} ${i}`;
  });
}

/** The same items in an order that has nothing to do with the one before, but is the same every time. */
export function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((_, i) => Math.sin(i * i + 1));
  return items
    .map((_, i) => i)
    .toSorted((a, b) => (order[a] as number) - (order[b] as number))
    .map((i) => items[i] as T);
}
