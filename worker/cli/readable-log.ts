/**
 * The worker's log for a person at a terminal. Elsewhere it is JSON, which programs read.
 *
 * pino-pretty would need as much code around it: it prints the control characters of an error's stack, knows none of the severities of
 * Cloud Logging, and colours no labels.
 */
import { printable, printableLines } from "./printable.ts";
import { paintError, paintFaint, paintHeading, paintLabel, paintSuccess, paintWarning } from "./terminal.ts";

type Stream = NodeJS.WriteStream;

const PAINT: Record<string, (text: string, stream: Stream) => string> = {
  DEBUG: paintFaint,
  INFO: paintSuccess,
  WARNING: paintWarning,
  ERROR: paintError,
  CRITICAL: paintError,
};
const SEVERITY_WIDTH = 8;

/** A destination for pino that writes each entry as readable lines. */
export function readableLog(stream: Stream): { write(line: string): void } {
  return { write: (line) => void stream.write(`${readableEntry(line, stream)}\n`) };
}

/**
 * An entry as `12:30:05 WARNING message nacked path=reviews/a reason=store-failed`, with the stack of its error below.
 * @param line the entry as JSON
 */
function readableEntry(line: string, stream: Stream): string {
  const { severity, time, message, err, ...rest } = JSON.parse(line) as Record<string, unknown> & {
    err?: { message?: string; stack?: string };
  };
  const level = String(severity);
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  const fields = Object.entries(rest).filter(([name]) => !name.startsWith("logging.googleapis.com/"));
  const head = [
    paintFaint(clock, stream),
    (PAINT[level] ?? paintHeading)(level.padEnd(SEVERITY_WIDTH), stream),
    printable(String(message)),
    ...fields.map(([name, value]) => `${paintFaint(`${name}=`, stream)}${fieldText(name, value, stream)}`),
  ].join(" ");
  const stack = err === undefined ? undefined : (err.stack ?? err.message);
  return stack === undefined ? head : `${head}\n${paintFaint(printableLines(stack).replace(/^/gm, "    "), stream)}`;
}

function fieldText(name: string, value: unknown, stream: Stream): string {
  const text = printable(typeof value === "string" ? value : JSON.stringify(value));
  return name === "label" ? paintLabel(text, stream) : text;
}
