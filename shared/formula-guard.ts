/**
 * The apostrophe that CSV output puts before a text that a spreadsheet would take for a formula. Customers write the texts, so such a
 * formula may be an attack: https://owasp.org/www-community/attacks/CSV_Injection. A text that already has apostrophes there gets one
 * more, so that reading takes back exactly what writing added.
 */

/** What a spreadsheet would take for a formula, and no number. */
const FORMULA = /^'*(?![+-]?\d[\d.,]*$)[=+\-@\t\r＝＋－＠]/;

export function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** The cell before it was `guarded`. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** Columns that `classify` and `eval --errors` write, as parts of one field. No other program is likely to write all of one list. */
const OWN_COLUMNS = [
  ["label", "score", "model"],
  ["actual", "predicted", "score"],
];

/** Whether this program wrote the CSV with this header, so that its cells are guarded. A spreadsheet may have added or moved columns. */
export function isOwnHeader(names: readonly string[]): boolean {
  return OWN_COLUMNS.some(([first, ...others]) =>
    names
      .filter((name) => name.endsWith(`.${first}`))
      .map((name) => name.slice(0, -(first as string).length))
      .some((field) => others.every((part) => names.includes(field + part))),
  );
}
