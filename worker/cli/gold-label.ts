/**
 * Labels that people gave, as files spell them: names in any case (`positive`, `pos`, `TRUE`), numbers, or stars. The meaning of a
 * number depends on the other numbers of its column, so the whole column is read first.
 */
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { addNames, didYouMean, fieldOf, listFields } from "../../shared/reviews-file.ts";
import { decimalOf } from "./file-values.ts";
import { shellQuoted } from "./input-options.ts";
import { printable } from "./printable.ts";
import { isStarField } from "./star-field.ts";
import { starRating } from "./star-rating.ts";

/** The fields that are searched for labels, in this order and in upper or lower case. */
const LABEL_FIELDS = ["label", "class", "sentiment", "stars", "rating"];

export type Polarity = "NEGATIVE" | "NEUTRAL" | "POSITIVE";

/** Label names in lower case, in the languages that `lite-multi` reads. */
const NAMES_BY_POLARITY: Readonly<Record<Polarity, string>> = {
  NEGATIVE:
    "neg negative bad false negativ negatief negativo negativa négatif négative olumsuz отрицательный негативный سلبي 负面 消极 ネガティブ 否定的",
  NEUTRAL: "neu neutral neutraal neutro neutra neutre nötr нейтральный محايد 中性 中立 ニュートラル",
  POSITIVE:
    "pos positive good true positiv positief positivo positiva positif olumlu положительный позитивный إيجابي 正面 积极 ポジティブ 肯定的",
};

/** A map, because a label in a file may also be `constructor`. */
const NAMES: ReadonlyMap<string, Polarity> = new Map(
  Object.entries(NAMES_BY_POLARITY).flatMap(([polarity, names]) =>
    names.split(" ").map((name): [string, Polarity] => [name, polarity as Polarity]),
  ),
);

type Scheme = Readonly<Record<string, Polarity>>;

const ONE_TO_FIVE: Scheme = { 1: "NEGATIVE", 2: "NEGATIVE", 3: "NEUTRAL", 4: "POSITIVE", 5: "POSITIVE" };
const ZERO_TO_FOUR: Scheme = { 0: "NEGATIVE", 1: "NEGATIVE", 2: "NEUTRAL", 3: "POSITIVE", 4: "POSITIVE" };
const MINUS_ONE_TO_ONE: Scheme = { "-1": "NEGATIVE", 0: "NEUTRAL", 1: "POSITIVE" };
const ZERO_TO_TWO: Scheme = { 0: "NEGATIVE", 1: "NEUTRAL", 2: "POSITIVE" };
const ZERO_OR_ONE: Scheme = { 0: "NEGATIVE", 1: "POSITIVE" };
const ONE_OR_TWO: Scheme = { 1: "NEGATIVE", 2: "POSITIVE" };

/** The meaning of stars, from half a star to five. Between 2.5 and 3.5 they are neutral. */
function starsScheme(numbers: readonly string[]): Scheme {
  const stars = numbers.filter((one) => Number(one) >= 0.5 && Number(one) <= 5);
  return Object.fromEntries(stars.map((one) => [one, polarityOfStars(Number(one))]));
}

export function polarityOfStars(stars: number): Polarity {
  if (stars <= 2) return "NEGATIVE";
  return stars < 4 ? "NEUTRAL" : "POSITIVE";
}

/** Whether numbers can be whole or half stars. If all are at most 1, they cannot: they may be probabilities. */
function canBeStars(numbers: readonly string[]): boolean {
  if (numbers.every((one) => one in ONE_TO_FIVE)) return true;
  const stars = numbers.map(Number);
  return stars.every((one) => one >= 0.5 && one <= 5 && Number.isInteger(2 * one)) && stars.some((one) => one > 1);
}

/**
 * The meaning of the numbers in a column. Some are ambiguous: 1 to 3 may be three classes, or stars without any 4 or 5.
 * @param numbers the distinct ones
 */
function schemeOf(numbers: readonly string[]): Scheme | "ambiguous" | undefined {
  const within = (scheme: Scheme): boolean => numbers.every((one) => one in scheme);
  if (numbers.includes("-1")) return within(MINUS_ONE_TO_ONE) ? MINUS_ONE_TO_ONE : undefined;
  if (numbers.includes("0")) {
    if (numbers.length === 1) return "ambiguous";
    return [ZERO_OR_ONE, ZERO_TO_TWO, ZERO_TO_FOUR].find(within);
  }
  if (!within(ONE_TO_FIVE)) return canBeStars(numbers) ? "ambiguous" : undefined;
  if (numbers.some((one) => one === "4" || one === "5")) return ONE_TO_FIVE;
  return numbers.length === 2 && within(ONE_OR_TWO) ? ONE_OR_TWO : "ambiguous";
}

/** Columns of CSV that `classify` or `eval --errors` wrote. */
const MODEL_SCORE = /\.scores?(\.|$)/;

/** Maximum number of distinct values to remember; no scheme has as many. */
const MAX_VALUES = 1_000;

export interface GoldOptions {
  /** The field of the labels. @default the first of {@link LABEL_FIELDS} that the file has */
  labelField?: string | undefined;
  /** The field of the texts, which no error suggests for labels. "Bewertung" is German for a review and for a rating. */
  textField?: string;
  /** The meaning of values, such as `1=NEGATIVE`, or `stars`. @default their usual meaning */
  gold?: readonly string[] | undefined;
}

export type GoldLabel = { label: string } | { unknown: string; unexplained: boolean };

/** Reads the labels of one file. `add` every row first, then translate rows with `reader`. */
export class GoldLabels {
  /** The model's labels. */
  readonly labels: readonly string[];
  readonly #options: GoldOptions;
  /** Distinct values by field, normalised. */
  readonly #values = new Map<string, Set<string>>();
  /** Names of the rows' fields, for errors. */
  readonly fields = new Set<string>();

  constructor(labels: readonly string[], options: GoldOptions = {}) {
    this.labels = labels;
    this.#options = options;
  }

  add(row: Row): void {
    addNames(this.fields, row);
    const { labelField } = this.#options;
    const fields =
      labelField === undefined
        ? Object.keys(row).filter((name) => LABEL_FIELDS.includes(name.toLowerCase()))
        : [labelField];
    for (const field of fields) {
      const value = normalised(fieldOf(row, field));
      if (value === undefined) continue;
      const values = this.#values.get(field) ?? new Set();
      if (values.size < MAX_VALUES) values.add(value);
      this.#values.set(field, values);
    }
  }

  /**
   * Returns a function from rows to the model's labels. If the model has no such label, `unknown` is the value in the file;
   * `unexplained` says whether the value has no known meaning.
   * @param name of the file, for errors. @default errors name none
   * @throws {InputError} if no row has a label, or the labels can be understood in several ways
   */
  reader(name?: string): (row: Row) => GoldLabel {
    const place = name === undefined ? "" : `${name}: `;
    const found = [...this.#values.keys()];
    const usual = LABEL_FIELDS.flatMap((one) => [one, ...found.filter((name) => name.toLowerCase() === one)]);
    const field = this.#options.labelField ?? usual.find((name) => this.#values.has(name));
    const values = field === undefined ? undefined : this.#values.get(field);
    if (field === undefined || values === undefined)
      throw new InputError(
        `${place}no row has a label in ${field === undefined ? LABEL_FIELDS.map((one) => `"${one}"`).join(", ") : `"${field}"${didYouMean(field, this.fields)}`}; the fields are ${listFields(this.fields)}. Name the one with the labels by --label-field${this.#suggestedField()}`,
      );
    const meaning = this.#meaning(field, [...values], place);
    return (row) => {
      const value = normalised(fieldOf(row, field));
      return value === undefined ? { unknown: "no label", unexplained: false } : meaning(value);
    };
  }

  /** The value of `--label-field` if there is a field of ratings. */
  #suggestedField(): string {
    const { textField, labelField } = this.#options;
    const stars = [...this.fields].find(
      (field) => field !== textField && isStarField(field) && !MODEL_SCORE.test(field),
    );
    return stars === undefined || labelField !== undefined ? "" : `, such as ${shellQuoted(stars)}`;
  }

  #meaning(field: string, values: readonly string[], place: string): (value: string) => GoldLabel {
    const given = this.#given();
    const own = (value: string): string | undefined =>
      given.get(value) ??
      this.labels.find((label) => label.toLowerCase() === value) ??
      this.#byPolarity(NAMES.get(value));
    const numbers = values.filter((value) => own(value) === undefined && isNumber(value));
    const hasRatings = values.some((value) => ratingOf(value) !== undefined);
    if (this.#options.gold?.includes("stars") && numbers.length === 0 && !hasRatings) {
      const others = values.filter((value) => !NAMES.has(value) && own(value) === undefined);
      const advice = others.length === 0 ? "" : `. ${describeUnexplained(others, this.labels)}`;
      throw new InputError(`${place}--gold stars: "${field}" holds no numbers or stars${advice}`);
    }
    const scheme = this.#scheme(numbers, { field, hasRatings }, place);
    return (value) => {
      const rating = ratingOf(value);
      const number = scheme === "index" || !isNumber(value) ? undefined : scheme?.[value];
      const polarity = rating === undefined ? (number ?? NAMES.get(value)) : polarityOfStars(rating);
      const label = own(value) ?? (scheme === "index" ? this.labels[Number(value)] : this.#byPolarity(polarity));
      return label === undefined ? { unknown: value, unexplained: polarity === undefined } : { label };
    };
  }

  #scheme(
    numbers: readonly string[],
    { field, hasRatings }: { field: string; hasRatings: boolean },
    place: string,
  ): Scheme | "index" | undefined {
    if (numbers.length === 0) return undefined;
    if (hasRatings || this.#options.gold?.includes("stars") || (isStarField(field) && canBeStars(numbers)))
      return starsScheme(numbers);
    // For a model that classifies something else, numbers are indices of its labels.
    if (this.labels.every((label) => polarityOf(label) === undefined)) return "index";
    const scheme = schemeOf(numbers);
    if (scheme !== "ambiguous") return scheme;
    const values = numbers.toSorted((a, b) => Number(a) - Number(b));
    throw new InputError(
      `${place}"${field}" holds ${values.join(", ")}, which can mean several things; say what they mean by ${this.#suggestions(values).join(" or ")}`,
    );
  }

  /** Options that give ambiguous numbers a meaning: as stars, or in their order as the model's labels. */
  #suggestions(numbers: readonly string[]): string[] {
    const stars = canBeStars(numbers) ? ["--gold stars"] : [];
    if (!numbers.every((one) => /^-?\d+$/.test(one))) return stars;
    const [negative, neutral, positive] = (["NEGATIVE", "NEUTRAL", "POSITIVE"] as const).map((polarity) =>
      this.#byPolarity(polarity),
    );
    const meanings = numbers.length === 2 ? [negative, positive] : [negative, neutral, positive];
    const isComplete = meanings.length === numbers.length && !meanings.includes(undefined);
    return [
      ...stars,
      isComplete
        ? `--gold ${numbers.map((one, i) => `${one}=${meanings[i]}`).join(" ")}`
        : howToExplain(numbers, this.labels),
    ];
  }

  /** The meanings that the options give. */
  #given(): Map<string, string> {
    const given = new Map<string, string>();
    for (const one of this.#options.gold ?? []) {
      if (one === "stars") continue;
      const [, value, name] = /^(.+)=(.+)$/.exec(one) ?? [];
      const label = this.labels.find((own) => own.toLowerCase() === name?.toLowerCase());
      if (value === undefined || label === undefined)
        throw new InputError(
          `--gold ${one}: write stars, or VALUE=LABEL with one of the model's labels ${this.labels.join(", ")}`,
        );
      given.set(normalised(value) ?? value, label);
    }
    return given;
  }

  #byPolarity(polarity: Polarity | undefined): string | undefined {
    return polarity && this.labels.find((label) => polarityOf(label) === polarity);
  }
}

/**
 * The options for values without a known meaning, and what to put into them.
 * @param gap between the two
 */
export function howToExplain(values: readonly string[], labels: readonly string[], gap = " "): string {
  const options = values.map((value) => shellQuoted(`${value}=LABEL`));
  const [last, ...others] = labels.toReversed();
  return `--gold ${options.join(" ")},${gap}where LABEL is ${others.toReversed().join(", ")} or ${last}`;
}

/** Maximum number of values that are listed. */
const LISTED = 10;

export function describeUnexplained(values: readonly string[], labels: readonly string[], gap?: string): string {
  const listed = values.slice(0, LISTED).map(printable);
  return `To use these labels, add ${howToExplain(listed, labels, gap)}.`;
}

/** The values with their counts, the most frequent first. */
export function listCounts(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  const listed = entries.slice(0, LISTED).map(([value, count]) => `${printable(value.slice(0, 40))} (${count})`);
  return [...listed, ...(entries.length > LISTED ? [`${entries.length - LISTED} other values`] : [])].join(", ");
}

function polarityOf(label: string): Polarity | undefined {
  return NAMES.get(label.toLowerCase());
}

/**
 * A label in lower case; a number with a point and without trailing zeros; or a rating out of five such as `3.5★`. `undefined` if the
 * value is blank or not a label.
 */
function normalised(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  const rating = starRating(String(value));
  if (rating !== undefined) return `${rating}★`;
  const text = String(value).trim().normalize("NFC").toLowerCase();
  if (text === "") return undefined;
  const number = decimalOf(text);
  return number === undefined ? text : String(number);
}

/** The number of a normalised rating. */
function ratingOf(text: string): number | undefined {
  return text.endsWith("★") ? starRating(text) : undefined;
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

/** Labels to show next to the model's. */
export interface KnownLabels {
  /** The label of a row, `undefined` if it has none, or one that is not understood. */
  labelOf: (row: Row) => string | undefined;
  /** Which labels of the file are not compared, and why. */
  problem?: string;
}

/**
 * Reads the labels of a file that need not have any.
 * @throws {InputError} if the options ask for labels and there are none
 */
export function knownLabels(rows: readonly Row[], labels: readonly string[], options: GoldOptions = {}): KnownLabels {
  const gold = new GoldLabels(labels, options);
  for (const row of rows) gold.add(row);
  try {
    const read = gold.reader();
    const labelOf = (row: Row): string | undefined => {
      const label = read(row);
      return "label" in label ? label.label : undefined;
    };
    const others = rows.map(read).filter((label) => "unknown" in label);
    if (others.length === 0) return { labelOf };
    const counts = Object.fromEntries(
      [...Map.groupBy(others, ({ unknown }) => unknown)].map(([value, some]) => [value, some.length]),
    );
    const unexplained = new Set(others.filter((label) => label.unexplained).map(({ unknown }) => unknown));
    const problem = listCounts(counts);
    return {
      labelOf,
      problem: unexplained.size === 0 ? problem : `${problem}\n${describeUnexplained([...unexplained], labels, "\n")}`,
    };
  } catch (error) {
    const { labelField, gold: meanings } = options;
    if (!(error instanceof InputError) || labelField !== undefined || meanings !== undefined) throw error;
    return { labelOf: () => undefined, problem: error.message };
  }
}
