import type { Review } from "./review.ts";

/** A position in a list, with the paths of that list. */
export interface Place {
  paths: readonly string[];
  index: number;
}

/** Where a review is in the first of the lists that has it. */
export function findPlace(path: string, lists: readonly (readonly Review[] | undefined)[]): Place | undefined {
  for (const reviews of lists) {
    const paths = reviews?.map((review) => review.path) ?? [];
    const index = paths.indexOf(path);
    if (index >= 0) return { paths, index };
  }
  return undefined;
}

/** Moves the focus to the row of a review; if it has left its list, to the title of the first list. */
export function focusRow(path: string): void {
  const row = document.querySelector<HTMLElement>(`.review[data-path="${CSS.escape(path)}"]`);
  (row ?? document.getElementById("newest-title"))?.focus({ preventScroll: row === null });
}
