/** The emulator answers any query; Google Cloud only those with an index. So each plan is checked against the file that is deployed. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { NO_FILTERS } from "../src/filters.ts";
import { anyLabelPlan, failedPlan, labelledPlan, type Plan } from "../src/queries.ts";

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

/** What the page asks, with every combination of filters that makes a difference. */
const plans: [name: string, plan: Plan][] = [undefined, "lite@1"].flatMap((model) =>
  [undefined, { from: new Date(0) }, { from: new Date(0), before: new Date() }].flatMap((period) => {
    const words = `${model === undefined ? "" : ", of a model"}${period === undefined ? "" : `, ${Object.keys(period).join(" and ")}`}`;
    const score = { scoreFrom: 0.5, scoreTo: 0.7 };
    return [
      [`labelled${words}`, labelledPlan(["NEGATIVE"], { ...NO_FILTERS, model }, period)],
      [`labelled with a score${words}`, labelledPlan(["NEGATIVE", "POSITIVE"], { ...score, model }, period)],
      [`failed${words}`, failedPlan({ model }, period)],
    ] satisfies [string, Plan][];
  }),
);
plans.push(["with any label", anyLabelPlan()]);

/** The index that a plan needs: equalities first, then the order. https://firebase.google.com/docs/firestore/query-data/index-overview */
function needed({ where, order }: Plan): string {
  const equal = where
    .filter(([, operator]) => operator === "==" || operator === "in")
    .map(([field]) => `${field} ASCENDING`);
  const sorted = order.map((field) => `${field} ${field === "label" ? "ASCENDING" : "DESCENDING"}`);
  return [...equal, ...sorted].join(", ");
}

function described({ fields }: IndexFile["indexes"][number]): string {
  return fields.map(({ fieldPath, order }) => `${fieldPath.replace(/^sentiment\./, "")} ${order}`).join(", ");
}

describe("the composite indexes", () => {
  test.each(plans)("answer: %s", (_, plan) => {
    expect(indexes.map(described)).toContain(needed(plan));
  });

  test("are none that no query needs: each makes every write dearer", () => {
    const all = new Set(plans.map(([, plan]) => needed(plan)));
    expect(indexes.map(described).toSorted()).toEqual([...all].toSorted());
  });

  test.each(plans)("sort by every field of which a range is asked: %s", (_, { where, order }) => {
    const ranged = where.filter(([, operator]) => /[<>]/.test(operator)).map(([field]) => field);
    expect(order).toEqual(expect.arrayContaining(ranged));
  });

  test("are of the reviews", () => {
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

test("no query leaves the time to an index of its own", () => {
  for (const [, { where, order }] of plans) expect(["label", "error.code"]).toContain(where[0]?.[0] ?? order[0]);
});
