/** Converts a row of a file to the fields of a Firestore document. Limits: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
import { digitsOf, type Row } from "./json-rows.ts";
import { RESERVED_NAME } from "./path.ts";

/** Maximum size of the fields. The rest of 1 MiB is for the document's name and the worker's result. */
const MAX_BYTES = 2 ** 20 - 16 * 1024;
const MAX_FIELD_NAME_BYTES = 1_500;
/** Maximum number of nested maps and arrays. */
const MAX_DEPTH = 20;
const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** The fields and their size in bytes, or a sentence that names the field that Firestore cannot store. */
export type DocumentFields = { fields: Row; bytes: number } | { problem: string };

/** Integers beyond 2^53 become BigInt, which Firestore stores exactly. */
export function documentFields(row: Row): DocumentFields {
  let bytes = 0;
  const convert = (value: unknown, path: string, depth: number): unknown => {
    const digits = digitsOf(value);
    if (digits !== undefined) {
      bytes += 8;
      return integer(digits, path);
    }
    if (typeof value === "string") {
      bytes += Buffer.byteLength(value) + 1;
      return value.toWellFormed();
    }
    if (typeof value !== "object" || value === null) {
      bytes += 8;
      return value;
    }
    if (depth === MAX_DEPTH) throw new FieldProblem(path, `is nested more than ${MAX_DEPTH} levels deep`);
    if (Array.isArray(value)) {
      return value.map((item, index) => {
        if (Array.isArray(item)) throw new FieldProblem(path, "holds an array inside an array");
        return convert(item, `${path}[${index}]`, depth + 1);
      });
    }
    return fieldsOf(value as Row, `${path}.`, depth + 1);
  };
  const fieldsOf = (map: Row, prefix: string, depth: number): Row =>
    Object.fromEntries(
      Object.entries(map).map(([name, value], index) => {
        const path = `${prefix}${name}`;
        if (name === "") throw new FieldProblem(path || index + 1, "has no name");
        if (RESERVED_NAME.test(name)) throw new FieldProblem(path, "has a reserved name");
        if (Buffer.byteLength(name) > MAX_FIELD_NAME_BYTES)
          throw new FieldProblem(path, `has a name of more than ${MAX_FIELD_NAME_BYTES} bytes`);
        bytes += Buffer.byteLength(name) + 1;
        return [name.toWellFormed(), convert(value, path, depth)];
      }),
    );
  try {
    const fields = fieldsOf(row, "", 1);
    return bytes > MAX_BYTES
      ? { problem: `the row takes ${bytes} bytes; a document holds ${MAX_BYTES}` }
      : { fields, bytes };
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: error.message };
    throw error;
  }
}

class FieldProblem extends Error {
  /**
   * @param field its path, or its number in the row if it has no name
   * @param problem the rest of a sentence about the field
   * @param advice what to do about it
   */
  constructor(field: string | number, problem: string, advice?: string) {
    const name = typeof field === "number" ? `number ${field}` : JSON.stringify(shortened(field));
    super(`the field ${name} ${problem}, which Firestore cannot store${advice === undefined ? "" : `: ${advice}`}`);
  }
}

function shortened(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path;
}

function integer(digits: string, path: string): bigint {
  const value = /^-?\d+$/.test(digits) ? BigInt(digits) : undefined;
  if (value === undefined || value < INT64.least || value > INT64.most)
    throw new FieldProblem(path, "holds a number that is too large", "write it as a text, in quotes");
  return value;
}
