/** The emulator answers every query, Google Cloud only those with an index. So each plan is checked against the deployed file. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { NO_FILTERS } from "../src/filters.ts";
import { anyLabelPlan, failedPlan, labelledPlan, type Plan } from "../src/plans.ts";

interface IndexFile {
  indexes: {
    collectionGroup: string;
    queryScope: string;
    fields: { fieldPath: string; order: "ASCENDING" | "DESCENDING" }[];
  }[];
  fieldOverrides: { collectionGroup: string; fieldPath: string; indexes: unknown[] }[];
}

const { indexes, fieldOverrides } = JSON.parse(
  await readFile(new URL("../../firestore.indexes.json", import.meta.url), "utf8"),
) as IndexFile;

/** What the page queries, with every combination of filters that makes a difference. */
const plans: [name: string, plan: Plan][] = [undefined, "lite@1"].flatMap((model) =>
  [undefined, "es"].flatMap((language) =>
    [undefined, { from: new Date(0) }, { from: new Date(0), before: new Date() }].flatMap((period) => {
      const words = [model && "of a model", language && "in a language", period && Object.keys(period).join(" and ")]
        .flatMap((word) => (word ? `, ${word}` : []))
        .join("");
      const score = { scoreFrom: 0.5, scoreTo: 0.7 };
      return [
        [`labelled${words}`, labelledPlan(["NEGATIVE"], { ...NO_FILTERS, model, language }, period)],
        [
          `labelled with a score${words}`,
          labelledPlan(["NEGATIVE", "POSITIVE"], { ...score, model, language }, period),
        ],
        [`failed${words}`, failedPlan({ model, language }, period)],
      ] satisfies [string, Plan][];
    }),
  ),
);
plans.push(["with any label", anyLabelPlan()]);
for (const sort of ["worst", "uncertain"] as const)
  for (const period of [{ from: new Date(0) }, { from: new Date(0), before: new Date() }])
    plans.push([
      `${sort} first, ${Object.keys(period).join(" and ")}`,
      labelledPlan(["NEGATIVE"], { ...NO_FILTERS, scoreFrom: 0.5, scoreTo: 0.7 }, period, sort),
    ]);

const MERGED = ["model", "language"];

/**
 * The indexes that a plan needs: equalities first, then the order. For a plan with several equalities beside the first, Firestore
 * merges the indexes that have one each. https://firebase.google.com/docs/firestore/query-data/index-overview
 */
function needed({ where, order }: Plan): string[] {
  const equal = where.filter(([, operator]) => operator === "==" || operator === "in").map(([field]) => field);
  const first = equal.filter((field) => !MERGED.includes(field));
  const others = equal.filter((field) => MERGED.includes(field));
  const sorted = order.map(([field, direction]) => `${field} ${direction.toUpperCase()}ENDING`);
  return (others.length === 0 ? [[]] : others.map((other) => [other])).map((other) =>
    [...[...first, ...other].map((field) => `${field} ASCENDING`), ...sorted].join(", "),
  );
}

function described({ fields }: IndexFile["indexes"][number]): string {
  const name = (path: string) => path.replace("sentiment.classifiedAt", "time").replace(/^sentiment\./, "");
  return fields.map(({ fieldPath, order }) => `${name(fieldPath)} ${order}`).join(", ");
}

describe("the composite indexes", () => {
  test.each(plans)("answer: %s", (_, plan) => {
    expect(indexes.map(described)).toEqual(expect.arrayContaining(needed(plan)));
  });

  test("are all needed: each one makes writes slower", () => {
    const all = new Set(plans.flatMap(([, plan]) => needed(plan)));
    expect(indexes.map(described).toSorted()).toEqual([...all].toSorted());
  });

  test.each(plans)("order by every field that has a range: %s", (_, { where, order }) => {
    const ranged = where.filter(([, operator]) => /[<>]/.test(operator)).map(([field]) => field);
    expect(order.map(([field]) => field)).toEqual(expect.arrayContaining(ranged));
  });

  test("belong to the reviews", () => {
    for (const { collectionGroup, queryScope } of indexes)
      expect([collectionGroup, queryScope]).toEqual(["reviews", "COLLECTION"]);
  });
});

test("fields that grow with time or are never queried have no single-field index", () => {
  expect(fieldOverrides).toEqual(
    ["sentiment.classifiedAt", "sentiment.scores", "sentiment.textHash"].map((fieldPath) => ({
      collectionGroup: "reviews",
      fieldPath,
      indexes: [],
    })),
  );
});

test("no query needs a single-field index of the time", () => {
  for (const [, { where, order }] of plans) expect(["label", "error.code"]).toContain(where[0]?.[0] ?? order[0]?.[0]);
});
