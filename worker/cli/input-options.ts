import { CSV_NAME } from "../../shared/file-format.ts";

export interface InputOptions {
  input?: string | undefined;
  field?: string | undefined;
  idField?: string | undefined;
  labelField?: string | undefined;
  gold?: readonly string[] | undefined;
  encoding?: string | undefined;
}

/** The options that read the same file again, for a shell. */
export function inputOptions({ input, field, idField, labelField, gold, encoding }: InputOptions): string {
  return Object.entries({
    "--input": input,
    "--field": field,
    "--id-field": idField,
    "--label-field": labelField,
    "--gold": gold,
    "--encoding": encoding,
  })
    .flatMap(([name, value]) => (value === undefined ? [] : [[name, ...[value].flat().map(shellQuoted)].join(" ")]))
    .join(" ");
}

/** A value as one word of a shell. */
export function shellQuoted(value: string): string {
  return /^[\w./@%+=:,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** The name of an output in the format of the input. */
export function outputName(name: string, input: string): string {
  return `${name}.${CSV_NAME.test(input) ? "csv" : "jsonl"}`;
}
