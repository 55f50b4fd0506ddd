import { describe, expect, test } from "vitest";
import { InputError } from "../../shared/input-error.ts";
import { GoldLabels, type GoldOptions, knownLabels } from "../../worker/cli/gold-label.ts";

const THREE = ["NEGATIVE", "NEUTRAL", "POSITIVE"];
const TWO = ["NEGATIVE", "POSITIVE"];
/** How the test tables write labels. */
const SHORT: Record<string, string> = { NEGATIVE: "-", NEUTRAL: "0", POSITIVE: "+" };

/** The meaning of each value of a column: `-`, `0`, `+`, or the value itself in brackets if it is not understood. */
function meanings(
  values: unknown[],
  { field = "label", labels = THREE, ...options }: GoldOptions & { field?: string; labels?: string[] } = {},
) {
  const rows = values.map((value) => ({ text: "x", [field]: value }));
  const gold = new GoldLabels(labels, options);
  for (const row of rows) gold.add(row);
  const read = gold.reader("reviews.csv");
  return rows
    .map((row) => {
      const label = read(row);
      return "label" in label ? (SHORT[label.label] ?? label.label) : `[${label.unknown}]`;
    })
    .join(" ");
}

describe("labels in a file", () => {
  test.each<[string, unknown[], string]>([
    ["names in any case", ["Positive", "NEGATIVE", "neutral"], "+ - 0"],
    ["names in other languages", ["positiv", "Négatif", "NEUTRO", "olumlu", "нейтральный", "负面"], "+ - 0 + 0 -"],
    ["short names", ["pos", "neg", "neu"], "+ - 0"],
    ["truth values", ["TRUE", "False"], "+ -"],
    ["truth values of JSON", [true, false], "+ -"],
    ["0 and 1", ["0", "1", 1], "- + +"],
    ["0, 1 and 2", [0, 1, 2], "- 0 +"],
    ["0 to 4", [0, 1, 2, 3, 4], "- - 0 + +"],
    ["0 and 4", ["0", "4"], "- +"],
    ["-1 and 1", [-1, 1], "- +"],
    ["-1, 0 and 1", ["-1", "0", "1"], "- 0 +"],
    ["1 and 2", ["1", "2"], "- +"],
    ["1 to 5", ["1", "2", "3", "4", "5"], "- - 0 + +"],
    ["some of 1 to 5", [2, 5], "- +"],
    ["numbers with a point", ["1.0", "5.0"], "- +"],
    ["names and numbers", [0, 1, "positive"], "- + +"],
    ["names before numbers", ["negative", 1, 0], "- + -"],
    ["what is not understood", ["positive", "mixed", "", null], "+ [mixed] [no label] [no label]"],
    ["numbers beyond every scheme", [1, 7, "negative"], "[1] [7] -"],
  ])("may be %s", (_, values, expected) => {
    expect(meanings(values)).toBe(expected);
  });

  test("in a column of stars are stars, not class indices", () => {
    expect(meanings(["1", "2"], { field: "stars" })).toBe("- -");
    expect(meanings([1, 2, 3], { field: "rating" })).toBe("- - 0");
    expect(meanings(["1", "3"], { field: "Sterne (1-5)", labelField: "Sterne (1-5)" })).toBe("- 0");
  });

  test("may be ratings as platforms spell them, whatever the field is called", () => {
    expect(meanings(["★★★★★", "★★★☆☆", "1 star", "4/5", "5 estrellas", "2 out of 5"])).toBe("+ 0 - + + -");
    expect(meanings(["ONE", "THREE", "FIVE", "cuatro estrellas"])).toBe("- 0 + +");
    expect(meanings(["1 star", "2", "3"])).toBe("- - 0");
    expect(meanings(["1 star", "3 stars"], { labels: TWO })).toBe("- [3★]");
    expect(meanings(["★★★☆☆", "bad"], { gold: ["3 stars=POSITIVE"] })).toBe("+ -");
    expect(meanings(["★★★☆☆", "5"], { gold: ["stars"] })).toBe("0 +");
    expect(meanings(["4/5"], { gold: ["stars"] })).toBe("+");
    // Numbers beside them are stars, too, whatever else they could mean.
    expect(meanings(["4/5", "0", "1"])).toBe("+ [0] -");
  });

  test("must be numbers or stars if the option says so", () => {
    expect(() => meanings(["positive", "negative"], { gold: ["stars"] })).toThrow(
      'reviews.csv: --gold stars: "label" holds no numbers or stars',
    );
    expect(() => meanings(["two thumbs"], { gold: ["stars"] })).toThrow(/add --gold 'two thumbs=LABEL',/);
  });

  test("are not taken from other fields, but the error suggests a field of ratings", () => {
    expect(() => meanings(["5"], { field: "Star Rating" })).toThrow(/by --label-field, such as 'Star Rating'$/);
    const german = new GoldLabels(THREE, { textField: "Bewertung" });
    german.add({ Bewertung: "Kaputt.", Sterne: 1 });
    expect(() => german.reader()).toThrow(/, such as Sterne$/);
    // The model's own scores are no ratings.
    for (const field of ["n", "sentiment.score", "sentiment.scores.POSITIVE"])
      expect(() => meanings(["0.9"], { field })).toThrow(/by --label-field$/);
  });

  test("may be half stars", () => {
    expect(meanings(["0.5", "2", "2.5", "3", "3.5", "4.0", "4.50"], { field: "stars" })).toBe("- - 0 0 0 + +");
    expect(meanings([1, 3.5, 5], { field: "rating", labels: TWO })).toBe("- [3.5] +");
    expect(meanings(["4.5", "1", "6", "4.3"], { gold: ["stars"] })).toBe("+ - [6] +");
    expect(meanings(["4.5", "1"], { field: "rating", gold: ["4.50=NEGATIVE", "1.0=POSITIVE"] })).toBe("- +");
    // These may be probabilities, and the others averages of something else.
    expect(meanings(["0.5", "1.0"], { field: "rating" })).toBe("[0.5] [1]");
    expect(meanings(["1.3", "4.2"], { field: "rating" })).toBe("[1.3] [4.2]");
  });

  test("may have a decimal comma, as spreadsheets write it in many countries", () => {
    expect(meanings(["0,5", "2,0", "2,5", "4,5", "4.5"], { field: "Puntuación", labelField: "Puntuación" })).toBe(
      "- - 0 + +",
    );
    expect(meanings(["4,5", "1,5"], { gold: ["stars"] })).toBe("+ -");
    expect(meanings(["-1,0", "0", "1,0"])).toBe("- 0 +");
    expect(meanings(["4,5", "1"], { gold: ["4,50=NEGATIVE", "1.0=POSITIVE"] })).toBe("- +");
    // A list is not a number.
    expect(meanings(["1,2,3", "1,"])).toBe("[1,2,3] [1,]");
  });

  test.each([
    [["1", "2", "3"], "1, 2, 3", "--gold stars or --gold 1=NEGATIVE 2=NEUTRAL 3=POSITIVE"],
    [["1"], "1", "--gold stars or --gold 1=LABEL, where LABEL is NEGATIVE, NEUTRAL or POSITIVE"],
    [[3, 1], "1, 3", "--gold stars or --gold 1=NEGATIVE 3=POSITIVE"],
    // Classes have no halves.
    [[3.5, "5"], "3.5, 5", "--gold stars"],
    // No review has zero stars.
    [["0"], "0", "--gold 0=LABEL, where LABEL is NEGATIVE, NEUTRAL or POSITIVE"],
  ])("that are ambiguous need an option: %j", (values, listed, options) => {
    const message = `reviews.csv: "label" holds ${listed}, which can mean several things; say what they mean by ${options}`;
    expect(() => meanings(values)).toThrow(InputError);
    expect(() => meanings(values)).toThrow(new InputError(message));
  });

  test("that are ambiguous get no meaning that the model lacks", () => {
    expect(() => meanings([1, 2, 3], { labels: TWO })).toThrow(
      "--gold stars or --gold 1=LABEL 2=LABEL 3=LABEL, where LABEL is NEGATIVE or POSITIVE",
    );
  });

  test("have the meaning that the options give", () => {
    expect(meanings(["1", "2", "3"], { gold: ["stars"] })).toBe("- - 0");
    expect(meanings(["1", "2", "3"], { gold: ["1=negative", "2=NEUTRAL", "3=POSITIVE"] })).toBe("- 0 +");
    expect(meanings(["good", "1"], { gold: ["1=NEGATIVE"] })).toBe("+ -");
    expect(() => meanings(["1"], { gold: ["1=awful"] })).toThrow("--gold 1=awful: write stars, or VALUE=LABEL");
  });

  test("come from a field of a usual name in upper or lower case, the exact one first", () => {
    expect(meanings(["1", "2"], { field: "Stars" })).toBe("- -");
    const row = { Rating: 1, CLASS: "positive", class: "negative" };
    const gold = new GoldLabels(THREE);
    gold.add(row);
    expect(gold.reader("x")(row)).toEqual({ label: "NEGATIVE" });
  });

  test("come from the named field, or else from the first usual one", () => {
    const row = { label: "", class: "negative", stars: 5, verdict: "positive" };
    for (const [labelField, expected] of [
      [undefined, "NEGATIVE"],
      ["stars", "POSITIVE"],
      ["verdict", "POSITIVE"],
    ] as const) {
      const gold = new GoldLabels(THREE, { labelField });
      gold.add(row);
      expect(gold.reader("x")(row)).toEqual({ label: expected });
    }
    expect(() => new GoldLabels(THREE, { labelField: "tone" }).reader("x")).toThrow('no row has a label in "tone"');
    const accents = new GoldLabels(THREE, { labelField: "valoracion" });
    accents.add({ Valoración: 5 });
    expect(() => accents.reader()).toThrow('no row has a label in "valoracion" (did you mean "Valoración"?);');
    // It exists, but is empty.
    const empty = new GoldLabels(THREE, { labelField: "tone" });
    empty.add({ tone: "" });
    expect(() => empty.reader()).toThrow('no row has a label in "tone"; the fields');
  });

  test("that the model does not have are not understood", () => {
    expect(meanings(["negative", "neutral", "positive"], { labels: TWO })).toBe("- [neutral] +");
    expect(meanings([1, 3, 5], { field: "stars", labels: TWO })).toBe("- [3] +");
  });

  test("for other models are their names or indices", () => {
    expect(meanings(["joy", 0, 1], { labels: ["anger", "joy"] })).toBe("joy anger joy");
  });
});

test("that are only shown count as absent if ambiguous, with the reason, unless the options ask for them", () => {
  const known = (rows: { label?: number | string }[], options: GoldOptions = {}) => {
    const { labelOf, problem } = knownLabels(rows, TWO, options);
    return { labels: rows.map(labelOf), problem };
  };
  expect(known([{ label: 0 }, { label: 1 }, { label: "so-so" }, {}, {}])).toEqual({
    labels: ["NEGATIVE", "POSITIVE", undefined, undefined, undefined],
    problem:
      "no label (2), so-so (1)\nTo use these labels, add --gold so-so=LABEL,\nwhere LABEL is NEGATIVE or POSITIVE.",
  });
  expect(known([{ label: 1 }])).toEqual({ labels: [undefined], problem: expect.stringContaining("--gold stars") });
  expect(known([{}])).toEqual({ labels: [undefined], problem: expect.stringMatching(/^no row has a label/) });
  expect(known([{ label: 0 }, { label: 1 }])).toEqual({ labels: ["NEGATIVE", "POSITIVE"] });
  expect(known([{ label: 1 }], { gold: ["stars"] })).toEqual({ labels: ["NEGATIVE"] });
  expect(() => known([{ label: 1 }], { labelField: "Sterne" })).toThrow('no row has a label in "Sterne"');
});
