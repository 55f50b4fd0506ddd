/** The `parts - 1` items of a sorted list at which it is divided into parts of about equal size; fewer if it has fewer items. */
export function everyNth<T>(items: readonly T[], parts: number): T[] {
  if (items.length < parts) return items.slice(1);
  return Array.from({ length: parts - 1 }, (_, i) => items[Math.floor(((i + 1) * items.length) / parts)] as T);
}
