/** A label of the model as a file may spell it: its name in any case, or its index. `undefined` if the file gives none of them. */
export function expectedLabel(value: unknown, labels: readonly string[]): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const text = String(value).toUpperCase();
  return labels.find((label, index) => label.toUpperCase() === text || String(index) === text);
}
