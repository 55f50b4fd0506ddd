/** Output for people: colours, tables and numbers. Output for programs (`--json`) uses nothing from this file. */
import { styleText } from "node:util";
import Table from "cli-table3";
import stringWidth from "string-width";
import { asCalled } from "./as-called.ts";

type Style = Parameters<typeof styleText>[0];

/** Styles text on a terminal. Elsewhere, and with NO_COLOR, the text stays as it is. */
function styled(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return stream.isTTY ? styleText(style, text, { stream }) : text;
}

/** A label in its colour. Models may have labels that have none. */
export function paintLabel(label: string, stream: NodeJS.WriteStream = process.stdout): string {
  if (/^pos/i.test(label)) return styled("green", label, stream);
  if (/^neg/i.test(label)) return styled("red", label, stream);
  if (/^neu/i.test(label)) return styled("yellow", label, stream);
  return label;
}

export const paintError = (text: string, stream: NodeJS.WriteStream = process.stderr): string =>
  styled("red", text, stream);
export const paintWarning = (text: string, stream: NodeJS.WriteStream = process.stderr): string =>
  styled("yellow", text, stream);
export const paintSuccess = (text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styled("green", text, stream);
export const paintFaint = (text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styled("dim", text, stream);
export const paintHeading = (text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styled("bold", text, stream);

/** Prints what a person may do next, on a terminal only: standard error elsewhere holds nothing but problems. */
export function printNextStep(text: string): void {
  if (process.stderr.isTTY && text !== "") console.error(paintFaint(asCalled(text), process.stderr));
}

/** Columns that a line may have: those of the terminal, or 80 where output is no terminal. */
export function lineWidth(stream: { isTTY?: boolean; columns?: number } = process.stdout): number {
  return stream.isTTY && stream.columns ? Math.max(stream.columns, 40) : 80;
}

export interface TableOptions {
  /** The column that is shortened when the table is too wide. @default the last */
  flexible?: number;
  /** Columns of numbers. */
  right?: readonly number[];
  /** @default that of standard output */
  width?: number;
}

const GAP = "  ";
/** The flexible column keeps this width, even if the table becomes too wide. */
const MIN_WIDTH = 8;

/** A table without lines, no wider than the terminal. Cells may be styled; they hold no line feeds. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { flexible = head.length - 1, right = [], width = lineWidth() }: TableOptions = {},
): string {
  const widths = columnWidths(head, rows);
  const excess = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  if (excess > 0) widths[flexible] = Math.max(MIN_WIDTH, (widths[flexible] as number) - excess);
  const pad = (cell: string, i: number): string => {
    const columns = widths[i] as number;
    const text = stringWidth(cell) > columns ? shortened(cell, columns) : cell;
    const missing = " ".repeat(columns - stringWidth(text));
    return right.includes(i) ? missing + text : text + missing;
  };
  return [head.map((name) => paintHeading(name)), ...rows].map((row) => row.map(pad).join(GAP).trimEnd()).join("\n");
}

/** Terminal columns of the widest cell of each column. */
function columnWidths(head: readonly string[], rows: readonly (readonly string[])[]): number[] {
  const widths = head.map((name) => stringWidth(name));
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
  return widths;
}

/** Parts joined by commas, in indented lines no wider than the terminal. */
export function formatList(parts: readonly string[], width = lineWidth()): string {
  const lines: string[] = [];
  for (const [i, part] of parts.entries()) {
    const text = i < parts.length - 1 ? `${part},` : part;
    const longer = `${lines.at(-1)} ${text}`;
    if (i > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(`  ${text}`);
  }
  return lines.join("\n");
}

/** Cuts a text, keeping its styles. */
function shortened(text: string, width: number): string {
  // For most texts: the library takes its time.
  if (/^[ -~]*$/.test(text)) return `${text.slice(0, width - 1)}…`;
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colWidths: [width],
  });
  table.push([text]);
  // The library has filled the width.
  return table.toString().trimEnd();
}

const NO_LINES = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ]
    .flat()
    .map((name) => [name, ""]),
);

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Bytes as people read them: `12.4 MB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A duration as people read it: `8 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A count as people read it: `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}
