/** The emulator answers every query, Google Cloud only those with an index. So each plan is checked against the deployed file. */
import { readFile } from "node:fs/promises";
import { initializeApp } from "firebase/app";
import { getFirestore, queryEqual } from "firebase/firestore";
import { describe, expect, test } from "vitest";
import { NO_FILTERS } from "../src/filters.ts";
import { type Index, indexesOf } from "../src/indexes.ts";
import {
  anyGroupPlan,
  anyLabelPlan,
  contradictionsPlan,
  correctedPlan,
  documentsQuery,
  donePlan,
  failedPlan,
  labelledPlan,
  nextGroupPlan,
  otherLabelsPlan,
  type Plan,
  planQuery,
  untimed,
} from "../src/plans.ts";

interface IndexFile {
  indexes: Index[];
  fieldOverrides: { collectionGroup: string; fieldPath: string; indexes: unknown[] }[];
}

const { indexes, fieldOverrides } = JSON.parse(
  await readFile(new URL("../../firestore.indexes.json", import.meta.url), "utf8"),
) as IndexFile;

const DEFAULTS = { collection: "reviews", resultField: "sentiment" };
/** The fields have the names that plans use, so that they need no translation. */
const ALL = indexesOf({ ...DEFAULTS, createdField: "time", ratingField: "rating", groupField: "group" });

const POLES = { negative: "NEGATIVE", positive: "POSITIVE" };

/** What the page queries, with every combination of filters that makes a difference. */
const plans: [name: string, plan: Plan][] = [undefined, "lite@1"].flatMap((model) =>
  [undefined, "es"].flatMap((language) =>
    [undefined, "Kettle"].flatMap((group) =>
      [undefined, { from: new Date(0) }, { from: new Date(0), before: new Date() }].flatMap((period) => {
        const words = [
          model && "of a model",
          language && "in a language",
          group && "of a group",
          period && Object.keys(period).join(" and "),
        ]
          .flatMap((word) => (word ? `, ${word}` : []))
          .join("");
        const narrowed = { model, language, group };
        const scores = { ...narrowed, scoreFrom: 0.5, scoreTo: 0.7 };
        const always = period ?? { from: new Date(0) };
        return [
          [`labelled${words}`, labelledPlan(["NEGATIVE"], { ...NO_FILTERS, ...narrowed }, period)],
          [`labelled with a score${words}`, labelledPlan(["NEGATIVE", "POSITIVE"], scores, period)],
          [`done${words}`, donePlan(["NEGATIVE"], scores, always)],
          [`contradictions${words}`, contradictionsPlan(POLES, { ...scores, label: undefined }, always)],
          [`failed${words}`, failedPlan(narrowed, period)],
        ] satisfies [string, Plan][];
      }),
    ),
  ),
);
plans.push(
  ["with any label", anyLabelPlan()],
  ["with another label", otherLabelsPlan(["NEGATIVE"])],
  ["corrected", correctedPlan(["NEGATIVE"], { from: new Date(0) })],
  ["corrected, from and before", correctedPlan(["NEGATIVE"], { from: new Date(0), before: new Date() })],
);
for (const sort of ["worst", "uncertain"] as const)
  for (const period of [{ from: new Date(0) }, { from: new Date(0), before: new Date() }])
    plans.push([
      `${sort} first, ${Object.keys(period).join(" and ")}`,
      labelledPlan(["NEGATIVE"], { ...NO_FILTERS, scoreFrom: 0.5, scoreTo: 0.7 }, period, sort),
    ]);

const MERGED = ["model", "language", "group", "triage.state", "rating"];

/**
 * The indexes that a plan needs: equalities first, then the order. For a plan with several equalities beside the first, Firestore
 * merges the indexes that have one each, which end in the same fields. Each of a plan's alternatives is a query of its own.
 * https://firebase.google.com/docs/firestore/query-data/index-overview
 */
function needed({ where, any = [[]], order }: Plan): string[] {
  return any.flatMap((alternative) => {
    const equal = [...alternative, ...where]
      .filter(([, operator]) => operator === "==" || operator === "in")
      .map(([field]) => field);
    const first = equal.filter((field) => !MERGED.includes(field));
    const others = equal.filter((field) => MERGED.includes(field));
    const sorted = order.map(([field, direction]) => `${field} ${direction.toUpperCase()}ENDING`);
    return (others.length === 0 ? [[]] : others.map((other) => [other])).map((other) =>
      [...[...first, ...other].map((field) => `${field} ASCENDING`), ...sorted].join(", "),
    );
  });
}

function described({ fields }: Index): string {
  return fields.map(({ fieldPath, order }) => `${fieldPath.replace(/^sentiment\./, "")} ${order}`).join(", ");
}

describe("the composite indexes", () => {
  test.each(plans)("answer: %s", (_, plan) => {
    expect(ALL.map(described)).toEqual(expect.arrayContaining(needed(plan)));
  });

  test("are all needed: each one makes writes slower", () => {
    const all = new Set(plans.flatMap(([, plan]) => needed(plan)));
    expect(ALL.map(described).toSorted()).toEqual([...all].toSorted());
  });

  test.each(plans)("order by every field that has a range: %s", (_, { where, order }) => {
    const ranged = where.filter(([, operator]) => /[<>]/.test(operator)).map(([field]) => field);
    expect(order.map(([field]) => field)).toEqual(expect.arrayContaining(ranged));
  });

  test("are deployed for the default settings", () => {
    expect(indexes).toEqual(indexesOf(DEFAULTS));
  });

  test("follow the settings", () => {
    const [first] = indexesOf({ collectionGroup: "feedback", resultField: "mood", createdField: "meta.writtenAt" });
    expect(first).toEqual({
      collectionGroup: "feedback",
      queryScope: "COLLECTION_GROUP",
      fields: [
        { fieldPath: "mood.label", order: "ASCENDING" },
        { fieldPath: "meta.writtenAt", order: "DESCENDING" },
        { fieldPath: "mood.score", order: "DESCENDING" },
      ],
    });
    expect(indexesOf(DEFAULTS).map(described).join()).not.toMatch(/group|rating/);
  });
});

test("lists are asked for as planned, but with one look at all documents where there are no indexes", () => {
  const db = getFirestore(initializeApp({ projectId: "none" }));
  const settings = { ...DEFAULTS, textField: "text", database: "(default)", labels: [], negative: "NEGATIVE" };
  const emulated = { ...settings, proxy: { projectId: "none", cloud: false, mayWrite: true } };
  const plan = labelledPlan(["POSITIVE", "NEGATIVE", "NEUTRAL"], NO_FILTERS, { from: new Date(0) });
  const one = labelledPlan(["NEGATIVE"], NO_FILTERS);
  expect(queryEqual(documentsQuery(db, settings, plan), planQuery(db, settings, plan))).toBe(true);
  expect(queryEqual(documentsQuery(db, emulated, one), planQuery(db, settings, one))).toBe(true);
  const [, ...others] = plan.where;
  const range: Plan["where"] = [
    ["label", ">=", "NEGATIVE"],
    ["label", "<=", "POSITIVE"],
  ];
  const ranged = planQuery(db, settings, { ...plan, where: [...range, ...others] });
  expect(queryEqual(documentsQuery(db, emulated, plan), ranged)).toBe(true);
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

test("contradictions are asked for by the chosen label alone, and a neutral label has none", () => {
  const alternatives = (label: string | undefined) =>
    contradictionsPlan(POLES, { ...NO_FILTERS, label }, { from: new Date(0) }).any?.map((conditions) =>
      conditions.map(([, , value]) => value),
    );
  expect(alternatives(undefined)).toEqual([
    ["NEGATIVE", [4, 4.5, 5]],
    ["POSITIVE", [1, 1.5, 2]],
  ]);
  expect(alternatives("POSITIVE")).toEqual([["POSITIVE", [1, 1.5, 2]]]);
  expect(alternatives("NEUTRAL")).toEqual([["NEUTRAL", ["none"]]]);
});

test("no query needs a single-field index of the time", () => {
  for (const [, { where, any, order }] of plans)
    expect(["label", "error.code", "triage.label"]).toContain((any?.[0] ?? where)[0]?.[0] ?? order[0]?.[0]);
});

test("results without a time are counted by the index of one field, which Firestore has in each collection", () => {
  for (const [name, plan] of plans.filter(([name]) => /^(with |failed$)/.test(name))) {
    const { where, order } = untimed(plan);
    const fields = [...where, ...order].map(([field]) => field);
    expect([...new Set(fields)], name).toEqual([name === "failed" ? "error.code" : "label"]);
  }
});

test("the values of a group are found by the field's own index, which Firestore always has", () => {
  for (const plan of [nextGroupPlan(undefined), nextGroupPlan("Kettle"), anyGroupPlan()]) {
    expect(plan.where.map(([field]) => field)).toEqual(["group"]);
    expect(plan.order).toEqual([["group", "asc"]]);
  }
});
