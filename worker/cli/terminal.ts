/** Output for people: colours, tables and numbers. Output for programs (`--json`) uses nothing from this file. */
import { styleText } from "node:util";
import Table from "cli-table3";
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

const GAP = 2;
const NO_LINES = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ]
    .flat()
    .map((name) => [name, ""]),
);

/** A table without lines, no wider than the terminal. Cells may be styled; they hold no line feeds. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { flexible = head.length - 1, right = [], width = lineWidth() }: TableOptions = {},
): string {
  const aligns = head.map((_, i) => (right.includes(i) ? "right" : "left") as "right" | "left");
  const build = (flexibleWidth: number | null): string[] => {
    const table = new Table({
      chars: { ...NO_LINES, middle: " ".repeat(GAP) },
      style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
      colAligns: aligns,
      colWidths: head.map((_, i) => (i === flexible ? flexibleWidth : null)),
    });
    table.push(
      head.map((name) => paintHeading(name)),
      ...rows.map((row) => [...row]),
    );
    return table.toString().split("\n");
  };
  const natural = build(null);
  const widest = Math.max(...natural.map((line) => visibleWidth(line)));
  const lines = widest <= width ? natural : build(Math.max(8, columnWidth(rows, head, flexible) - (widest - width)));
  return lines.map((line) => line.trimEnd()).join("\n");
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

function columnWidth(rows: readonly (readonly string[])[], head: readonly string[], column: number): number {
  return Math.max(...[head, ...rows].map((row) => visibleWidth(row[column] ?? "")));
}

/** Terminal columns of a line, as the table counts them. */
function visibleWidth(text: string): number {
  const table = new Table({
    chars: { ...NO_LINES, top: "x", middle: "" },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push([text]);
  return table.toString().split("\n")[0]?.length ?? 0;
}

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
