/**
 * The path template says which documents are reviews: `reviews/{review}` or `shops/{shop}/reviews/{review}`.
 *
 * Messages name documents, and the template keeps them from naming any that are not reviews. It accepts exactly the paths that
 * Firestore accepts for documents of that collection, so that one bad path can never fail the request of a batch.
 */
import { posix } from "node:path";
import type { z } from "zod";

/** Ids and fields that Firestore reserves. https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
export const RESERVED_NAME = /^__.*__$/s;

/** A document path that matches the template of REVIEWS_PATH. Only a {@link PathTemplate} makes one. */
export type ReviewPath = string & z.core.$brand<"ReviewPath">;

/** Why a path is refused. */
export type PathProblem = "path-mismatch" | "path-invalid-id";

const NO_LEADING_SLASH = "leave out the slash in front";

export class PathTemplate {
  /** The template as written. */
  readonly source: string;
  readonly #segments: readonly Segment[];

  private constructor(source: string, segments: readonly Segment[]) {
    this.source = source;
    this.#segments = segments;
  }

  /**
   * @param source alternating collection and document segments, each a literal or `{name}`; the last is `{name}`
   * @throws {Error} that says what to write instead
   */
  static parse(source: string): PathTemplate {
    if (source.startsWith("/")) throw new Error(NO_LEADING_SLASH);
    const segments = source.split("/").map((text): Segment => {
      const name = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1];
      if (name !== undefined) return { kind: "variable", name };
      if (/[{}]/.test(text) || !isValidId(text)) {
        throw new Error(`"${text}" is neither a Firestore name nor a variable such as {review}`);
      }
      return { kind: "literal", text };
    });
    if (segments.length % 2 !== 0) {
      throw new Error("it must name documents: collection/{document}, with an even number of segments");
    }
    const names = segments.flatMap((s) => (s.kind === "variable" ? [s.name] : []));
    if (new Set(names).size !== names.length) throw new Error("each variable may occur once");
    if (segments.at(-1)?.kind !== "variable") {
      throw new Error("its last segment must be a variable, for example {review}");
    }
    return new PathTemplate(source, segments);
  }

  /** The names of the variables, in order. */
  get variables(): string[] {
    return this.#segments.flatMap((s) => (s.kind === "variable" ? [s.name] : []));
  }

  /**
   * Where the reviews are: in one collection, or in all collections with a name, some of which may not match the template.
   * `undefined` if the name is a variable.
   */
  get collection(): { path: string } | { group: string } | undefined {
    const collection = this.#segments.at(-2);
    if (collection?.kind !== "literal") return undefined;
    return this.variables.length === 1 ? { path: posix.dirname(this.source) } : { group: collection.text };
  }

  /** The path of a review, or why `path` is not one. */
  check(path: string): { path: ReviewPath } | { problem: PathProblem } {
    const problem = this.#problem(path);
    return problem === undefined ? { path: path as ReviewPath } : { problem };
  }

  #problem(path: string): PathProblem | undefined {
    const ids = path.split("/");
    if (ids.length !== this.#segments.length) return "path-mismatch";
    for (const [i, segment] of this.#segments.entries()) {
      const id = ids[i] as string;
      if (segment.kind === "literal" && id !== segment.text) return "path-mismatch";
      if (!(isValidId(id) || (i % 2 === 1 && isNumericId(id)))) return "path-invalid-id";
    }
    return Buffer.byteLength(path) > MAX_PATH_BYTES ? "path-invalid-id" : undefined;
  }

  /**
   * The path with its variables replaced.
   * @throws {Error} that names a variable without a value, or with one that cannot be a document id
   */
  fill(values: Readonly<Record<string, string | undefined>>): ReviewPath {
    const path = this.#segments
      .map((segment, index) => {
        if (segment.kind === "literal") return segment.text;
        const value = values[segment.name];
        if (value === undefined) throw new Error(`no value for {${segment.name}} of the path ${this.source}`);
        const problem = index % 2 === 1 && isNumericId(value) ? undefined : idProblem(value);
        if (problem !== undefined)
          throw new Error(
            `{${segment.name}} of the path ${this.source} has a value that is no Firestore document id: ${problem}`,
          );
        return value;
      })
      .join("/");
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw new Error(`the path ${this.source} is too long for Firestore with these values`);
    return path as ReviewPath;
  }
}

/**
 * Why a path is refused and what to change. A long one is not quoted: it may be the review's text.
 * @param template as it completes "it does not match …"
 */
export function refusal(path: string, problem: PathProblem, template: string): string {
  const start = `${path.length <= MAX_QUOTED ? `"${path}"` : "the path"} is not a review`;
  if (problem === "path-mismatch") return `${start}: it does not match ${template} (${problem})${mismatchHint(path)}`;
  const reason = path.split("/").map(idProblem).find(Boolean);
  return reason === undefined
    ? `${start}: it is too long for Firestore (${problem})`
    : `${start}: a part of it cannot be a Firestore id (${problem}): ${reason}`;
}

/** What to change about paths in the two other forms that applications have: with a slash in front, and Firestore's full names. */
export function mismatchHint(path: string): string {
  if (path.startsWith("/")) return `; ${NO_LEADING_SLASH}`;
  return /^projects\/[^/]+\/databases\//.test(path) ? '; leave out everything up to "/documents/"' : "";
}

type Segment = { kind: "literal"; text: string } | { kind: "variable"; name: string };

/** Firestore limits the whole document name to 6 KiB; the margin is for project and database. */
const MAX_PATH_BYTES = 6 * 1024 - 256;

const MAX_ID_BYTES = 1_500;

/** Longer ids are not quoted: they may be texts. */
const MAX_QUOTED = 60;

function isValidId(id: string): boolean {
  return idProblem(id) === undefined;
}

/** Constraints on ids: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
function idProblem(id: string): string | undefined {
  if (id === "") return "it is empty";
  if (id === "." || id === "..") return `${quoted(id)} is reserved`;
  if (RESERVED_NAME.test(id)) return `${quoted(id)} begins and ends with "__"`;
  if (id.includes("/")) return `${quoted(id)} contains "/"`;
  if (!id.isWellFormed()) return "it contains half a character (an unpaired surrogate)";
  const bytes = Buffer.byteLength(id);
  return bytes > MAX_ID_BYTES ? `it has ${bytes} bytes, and the maximum is ${MAX_ID_BYTES}` : undefined;
}

function quoted(id: string): string {
  return id.length <= MAX_QUOTED ? JSON.stringify(id) : "it";
}

/** The id of a document that has a number in Datastore: `__id7__`. Every other `__…__` is reserved. */
function isNumericId(id: string): boolean {
  const number = /^__id(-?[1-9]\d{0,18})__$/.exec(id)?.[1];
  return number !== undefined && BigInt.asIntN(64, BigInt(number)) === BigInt(number);
}
