import { expect, test } from "vitest";
import { type Classifier, InferenceError } from "../../model/classifier.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { type LabelSettings, strongest } from "../../shared/result.ts";
import type { ReviewsFile } from "../../shared/reviews-file.ts";
import { misclassifiedRows, namesOf, nextStep } from "../../worker/cli/eval.ts";
import { classifyFile, groupsOf, summarise } from "../../worker/cli/evaluation.ts";
import { GoldLabels } from "../../worker/cli/gold-label.ts";

const LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"];

/** Texts are the probabilities of the three classes, such as `0.2 0.5 0.3`. */
const classifierOf = (labels: readonly string[]) =>
  ({
    model: "test@1",
    labels,
    classify: async (texts: readonly string[]) =>
      texts.map((text) => {
        if (text === "poison") return new InferenceError("the model failed on a text");
        if (text === "hola") return { unsupportedLanguage: "es" };
        const scores = Object.fromEntries(text.split(" ").map((score, i) => [labels[i] as string, Number(score)]));
        const [label, score] = strongest(scores);
        return { label, score, scores };
      }),
  }) as unknown as Classifier;

const outcomeOf = (
  rows: Row[],
  {
    by,
    keepRows,
    labels = LABELS,
    ...settings
  }: Partial<LabelSettings> & { by?: string; keepRows?: boolean; labels?: readonly string[] } = {},
) => {
  const file: ReviewsFile = {
    name: "test.jsonl",
    bytes: 1,
    bytesRead: () => 0,
    async *rows() {
      yield* rows;
    },
  };
  const evaluator = {
    field: "text",
    by,
    keepRows,
    gold: new GoldLabels(labels),
    classifier: classifierOf(labels),
    settings: { neutral: "on" as const, ...settings },
  };
  return classifyFile(file, evaluator, () => {});
};

const evaluate = async (rows: Row[], settings: Partial<LabelSettings> = {}) =>
  summarise("test", await outcomeOf(rows, settings), LABELS);

test("with three classes, all three are compared", async () => {
  const set = await evaluate([
    { text: "0.7 0.2 0.1", label: "negative" },
    { text: "0.2 0.5 0.3", label: "neutral" },
    { text: "0.2 0.5 0.3", label: "positive" },
    { text: "0.1 0.1 0.8", label: "positive" },
  ]);
  expect(set).toMatchObject({
    reviews: 4,
    labels: LABELS,
    accuracy: 0.75,
    neutral: 0.5,
    confusion: { POSITIVE: { NEGATIVE: 0, NEUTRAL: 1, POSITIVE: 1 } },
  });
  expect(set.macroF1).toBeCloseTo((1 + 2 / 3 + 2 / 3) / 3, 10);
});

test("the groups of a field are evaluated separately, also on negative and positive only", async () => {
  const rows: Row[] = [
    { text: "0.7 0.2 0.1", label: "negative", lang: "fr" },
    { text: "0.2 0.5 0.3", label: "positive", lang: "fr" },
    { text: "0.2 0.5 0.3", label: "negative", lang: "fr" },
    { text: "0.2 0.5 0.3", label: "neutral", lang: "fr" },
    { text: "0.1 0.1 0.8", label: "neutral", lang: "it" },
    { text: "0.1 0.1 0.8", label: "positive" },
    { text: "hola", label: "positive", lang: "es" },
  ];
  const groups = groupsOf(await outcomeOf(rows, { by: "lang" }));
  const sets = groups.map(([group, outcome]) => summarise(group, outcome, LABELS));
  expect(sets).toMatchObject([
    { set: "fr", reviews: 4, accuracy: 0.5, polarity: 2 / 3 },
    { set: "it", reviews: 1, accuracy: 0 },
    { set: "(none)", reviews: 1, accuracy: 1 },
  ]);
  for (const alone of sets.slice(1)) expect(alone).not.toHaveProperty("polarity");
});

test("files are named without their folders, unless two would have the same name", () => {
  expect(namesOf(["jan/reviews.csv", "feb/other.csv"])).toEqual(["reviews.csv", "other.csv"]);
  expect(namesOf(["jan/reviews.csv", "feb/reviews.csv"])).toEqual(["jan/reviews.csv", "feb/reviews.csv"]);
});

test("with two classes, these two are compared, and the share that would be NEUTRAL is shown", async () => {
  const set = await evaluate([
    { text: "0.3 0.6 0.1", label: 0 },
    { text: "0.1 0.7 0.2", label: 1 },
    { text: "0.6 0.3 0.1", label: 1 },
    { text: "0.0 0.2 0.8", label: 1 },
  ]);
  expect(set).toMatchObject({ labels: ["NEGATIVE", "POSITIVE"], accuracy: 0.75, neutral: 0.5 });
  // 3/4, 2/3, 6/7 and 1 are the scores between the two.
  expect(set.coverage.find(({ threshold }) => threshold === 0.7)?.coverage).toBe(0.75);
  expect(set.confusion).toEqual({ NEGATIVE: { NEGATIVE: 1, POSITIVE: 0 }, POSITIVE: { NEGATIVE: 1, POSITIVE: 2 } });
});

test("with neutral reviews and those of one other class, answers of the third class are wrong", async () => {
  const set = await evaluate([
    { text: "0.1 0.1 0.8", label: "negative" },
    { text: "0.7 0.2 0.1", label: "negative" },
    { text: "0.2 0.3 0.5", label: "neutral" },
    { text: "0.1 0.8 0.1", label: "neutral" },
  ]);
  expect(set).toMatchObject({
    labels: LABELS,
    accuracy: 0.5,
    polarity: 0.5,
    confusion: { NEGATIVE: { POSITIVE: 1 }, NEUTRAL: { POSITIVE: 1 } },
  });
});

test("the classes may have names in lower case", async () => {
  const labels = LABELS.map((label) => label.toLowerCase());
  const rows = [
    { text: "0.7 0.2 0.1", label: "negative" },
    { text: "0.2 0.5 0.3", label: "neutral" },
    { text: "0.7 0.2 0.1", label: "positive" },
  ];
  const set = summarise("test", await outcomeOf(rows, { labels }), labels);
  expect(set).toMatchObject({ accuracy: 2 / 3, polarity: 0.5, neutral: 1 / 3 });
});

test("the settings of the worker apply", async () => {
  const rows = [
    { text: "0.3 0.6 0.1", label: "negative" },
    { text: "0.2 0.5 0.3", label: "neutral" },
    { text: "0.1 0.1 0.8", label: "positive" },
  ];
  expect((await evaluate(rows, { neutralBelow: 0.9 })).neutral).toBe(1);
  expect((await evaluate(rows, { neutral: "off" })).confusion.NEUTRAL).toMatchObject({ NEUTRAL: 0 });
});

test("reviews that cannot be compared are counted by reason", async () => {
  const set = await evaluate([
    { text: "0.7 0.2 0.1", label: "negative" },
    { text: "0.7 0.2 0.1", label: "mixed" },
    { text: "0.7 0.2 0.1", label: "constructor" },
    { text: "", label: "negative" },
    { text: "poison", label: "negative" },
    { text: "hola", label: "negative" },
    { text: "0.7 0.2 0.1" },
  ]);
  expect(set.skippedBecause).toEqual({
    mixed: 1,
    constructor: 1,
    "text-blank": 1,
    "inference-failed": 1,
    "language-unsupported": 1,
    "no label": 1,
  });
  // Only these are labels whose meaning a person can give.
  expect(set.unexplained).toEqual(["mixed", "constructor"]);
  await expect(evaluate([{ text: "poison", label: "negative" }])).rejects.toThrow(InputError);
  await expect(evaluate([{ text: "hola", label: "negative" }])).rejects.toThrow(
    "skipped: language-unsupported (1). docs/models.md says how to label other languages.",
  );
  await expect(evaluate([{ text: "0.7 0.2 0.1", label: "so so" }])).rejects.toThrow(
    "skipped: so so (1). To use these labels, add --gold 'so so=LABEL', where LABEL is NEGATIVE, NEUTRAL or POSITIVE.",
  );
});

test("the misclassified reviews keep their fields, and the most certain mistake is first", async () => {
  const outcome = await outcomeOf(
    [
      { id: 1, text: "0.4 0.3 0.3", label: "positive" },
      { id: 2, text: "0.1 0.1 0.8", label: "positive" },
      { id: 3, text: "0.7 0.2 0.1", label: "neutral" },
      { id: 4, text: "0.7 0.2 0.1", label: "negative" },
    ],
    { keepRows: true },
  );
  expect(misclassifiedRows(outcome, "a.csv")).toMatchObject([
    { id: 3, label: "neutral", evaluation: { file: "a.csv", actual: "NEUTRAL", predicted: "NEGATIVE", score: 0.7 } },
    { id: 1, label: "positive", evaluation: { actual: "POSITIVE", predicted: "NEGATIVE", scores: { NEUTRAL: 0.3 } } },
  ]);
  const again = await outcomeOf([{ text: "0.7 0.2 0.1", label: "neutral", "evaluation.actual": "x" }], {
    keepRows: true,
  });
  expect(() => misclassifiedRows(again, "a.csv")).toThrow('a field "evaluation.actual"; rename it');
});

test("the next step is the suggested threshold, the model that was tried, the misclassified reviews, or all labels", () => {
  const input = ["my reviews.csv"];
  expect(nextStep({}, 0.61)).toContain("NEUTRAL_BELOW=0.61");
  expect(nextStep({})).toBe("");
  expect(nextStep({ input, model: "lite-multi" })).toContain("MODEL=lite-multi npm run worker");
  expect(nextStep({ input, model: "my model" })).toContain("MODEL='my model' npm run worker");
  expect(nextStep({ input: ["a.jsonl.gz"] })).toBe(
    "See the misclassified reviews: npm run eval -- --input a.jsonl.gz --errors errors.jsonl\nWhat the columns mean: npm run eval -- --help",
  );
  expect(nextStep({ input: ["a.csv"], labelField: "how many", gold: ["1=NEGATIVE", "2=POSITIVE"] })).toBe(
    "See the misclassified reviews: npm run eval -- --input a.csv --label-field 'how many' --gold 1=NEGATIVE 2=POSITIVE --errors errors.csv\nWhat the columns mean: npm run eval -- --help",
  );
  expect(nextStep({ field: "body", input, errors: "e.jsonl" })).toBe(
    "See the label of each review: npm run classify -- --input 'my reviews.csv' --field body --output labelled.csv",
  );
});
