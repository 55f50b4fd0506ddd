/** Finds fields of a file that hold times or ratings as texts, so that `publish` can say that it stores them as texts. */
import type { Row } from "../../shared/json-rows.ts";
import { DATE_ORDERS, isEmpty, parseFileRating, parseFileTime } from "./file-values.ts";
import { shellQuoted } from "./input-options.ts";
import { isStarField } from "./star-field.ts";

interface Candidate {
  time: boolean;
  rating: boolean;
  /** Some dates need `--date-order`. */
  ordered: boolean;
}

/** Fields that are looked at: the first ones of a file. */
const MAX_FIELDS = 100;

/** First every row is `add`ed, then `describe` says what was found. */
export class UntypedFields {
  readonly #ignored: ReadonlySet<string>;
  /** Fields whose values so far are all times, or all ratings. A field that is neither stays, so that it is not tried again. */
  readonly #candidates = new Map<string, Candidate>();

  readonly #hasOrder: boolean;

  /**
   * @param ignored fields that are converted, or whose type does not matter
   * @param hasOrder whether `--date-order` is given
   */
  constructor(ignored: readonly (string | undefined)[], hasOrder = false) {
    this.#hasOrder = hasOrder;
    this.#ignored = new Set(ignored.filter((field) => field !== undefined));
  }

  add(row: Row): void {
    for (const [field, value] of Object.entries(row)) {
      if (this.#ignored.has(field) || isEmpty(value)) continue;
      let candidate = this.#candidates.get(field);
      if (candidate === undefined) {
        if (this.#candidates.size === MAX_FIELDS) continue;
        candidate = { time: true, rating: isStarField(field), ordered: false };
        this.#candidates.set(field, candidate);
      }
      if (candidate.time) this.#checkTime(candidate, value);
      if (candidate.rating) candidate.rating = typeof value === "string" && "value" in parseFileRating(value);
    }
  }

  /** A warning, or `undefined` if no field holds such texts. */
  describe(): string | undefined {
    const found = [...this.#candidates];
    const times = found.filter(([, { time }]) => time);
    const ratings = found.filter(([, { time, rating }]) => rating && !time);
    if (times.length + ratings.length === 0) return undefined;
    const names = [...times, ...ratings].map(([field]) => JSON.stringify(field));
    const needsOrder = !this.#hasOrder && times.some(([, { ordered }]) => ordered);
    const options = [
      ...times.map(([field]) => `--created-field ${shellQuoted(field)}`),
      ...(needsOrder ? ["--date-order ORDER"] : []),
      ...ratings.map(([field]) => `--rating-field ${shellQuoted(field)}`),
    ];
    const it = names.length === 1 ? "it" : "them";
    return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} stored as text: no query for a time or a number finds ${it}; to convert ${it}, add ${options.join(" ")}${needsOrder ? ", where ORDER is dmy (day first) or mdy (month first)" : ""}`;
  }

  #checkTime(candidate: Candidate, value: unknown): void {
    // Numbers may be ids or prices.
    const isText = typeof value === "string" && !/^\d+$/.test(value.trim());
    const plain = isText && "value" in parseFileTime(value);
    const ordered = isText && !plain && DATE_ORDERS.some((order) => "value" in parseFileTime(value, order));
    candidate.time = plain || ordered;
    candidate.ordered ||= ordered;
  }
}
