export interface InputOptions {
  input?: string | undefined;
  field?: string | undefined;
  encoding?: string | undefined;
}

/** The options that read the same file again, for a shell. */
export function inputOptions({ input, field, encoding }: InputOptions): string {
  return Object.entries({ "--input": input, "--field": field, "--encoding": encoding })
    .filter((option): option is [string, string] => option[1] !== undefined)
    .map(([name, value]) => `${name} ${/^[\w./@%+=:,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`)
    .join(" ");
}
