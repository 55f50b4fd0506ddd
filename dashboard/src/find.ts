import type { Review } from "./review.ts";

/** A text without case and accents, as it is compared. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Whether a review's text, path, group or note contains a text; every review contains an empty one. */
export function contains({ text = "", path, group = "", triage }: Review, find: string): boolean {
  const wanted = plain(find.trim());
  return wanted === "" || [text, path, group, triage?.note ?? ""].some((one) => plain(one).includes(wanted));
}
