/** What the page has cost since it was opened, in document reads as Firestore bills them. */

let reads = 0;
const listeners = new Set<() => void>();

export function addReads(more: number): void {
  if (more === 0) return;
  reads += more;
  for (const listener of listeners) listener();
}

export function countReads(): number {
  return reads;
}

/** @returns a function that ends it */
export function onReads(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
