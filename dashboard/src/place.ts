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

/** The path of the review whose row has the focus. */
export function focusedRow(): string | undefined {
  return document.activeElement?.closest<HTMLElement>(".review")?.dataset.path;
}

/** Moves the focus to the next or the previous row of its list; to the first row of the first list if no row has it. */
export function stepRow(by: 1 | -1): void {
  const focused = document.activeElement?.closest<HTMLElement>(".review");
  const list = focused?.closest<HTMLElement>(".panel") ?? document.getElementById("newest");
  const rows = [...(list?.querySelectorAll<HTMLElement>(".review") ?? [])];
  const to = focused ? rows[rows.indexOf(focused) + by] : rows[0];
  to?.focus();
}
