import type { ReviewsFile } from "../../shared/reviews-file.ts";
import { counted } from "./counted.ts";
import { printable } from "./printable.ts";

/** For the end of a file: says how many of its rows were skipped because they have no value at all. */
export function reportBlankRows({ name, blankRows }: Pick<ReviewsFile, "name" | "blankRows">): void {
  const count = blankRows?.() ?? 0;
  if (count === 0) return;
  const were = count === 1 ? "was" : "were";
  console.error(`review-sentiment: ${printable(name)}: ${counted(count, "empty row")} ${were} skipped`);
}
