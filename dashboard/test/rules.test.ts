/** `firestore.rules` on Google's emulator, asked by Firebase's own client. */
import { assertFails, assertSucceeds, initializeTestEnvironment } from "@firebase/rules-unit-testing";
import {
  addDoc,
  collection,
  collectionGroup,
  deleteDoc,
  deleteField,
  doc,
  type Firestore,
  getCountFromServer,
  getDoc,
  getDocs,
  limit,
  query,
  serverTimestamp,
  setDoc,
  setLogLevel,
  Timestamp,
  updateDoc,
} from "firebase/firestore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";
import { fillRules } from "../../worker/cli/dashboard-server.ts";
import { saveTriage } from "../src/triage.ts";
import { RULES } from "./security-rules.ts";

// Otherwise the client logs every refusal, and most tests here expect one.
setLogLevel("silent");

/** The rules with the lines that they propose for shops whose customers write their own reviews. */
const RULES_WITH_CUSTOMERS = RULES.replace(
  /\/\/ (allow create:.*)\n(\s*)\/\/ (allow update:.*)\n\s*\/\/ ( .*)\n/,
  "$1\n$3\n$4\n",
);

/** For reviews below other documents, as the comment in the rules says. */
const RULES_OF_ALL_SHOPS = RULES.replace("match /reviews/{review} {", "match /{parents=**}/reviews/{review} {");

const HASH = "a".repeat(64);
const SENTIMENT = { label: "NEGATIVE", score: 0.9, model: "lite@1", textHash: HASH };

describe.skipIf(emulatorEnv() === undefined).each([
  ["the rules", RULES],
  ["the rules with customers who write", RULES_WITH_CUSTOMERS],
  ["the rules for reviews below other documents", RULES_OF_ALL_SHOPS],
])("%s", (_, rules) => {
  const all = rules === RULES_OF_ALL_SHOPS;
  /** A review where these rules expect some. */
  const REVIEW = all ? "shops/a/reviews/one" : "reviews/one";
  let environment: Awaited<ReturnType<typeof initializeTestEnvironment>>;
  let reader: Firestore;
  let writer: Firestore;
  let customer: Firestore;
  let stranger: Firestore;
  let everybody: Firestore[];

  beforeAll(async () => {
    const [host, port] = String(emulatorEnv()?.FIRESTORE_EMULATOR_HOST).split(":") as [string, string];
    environment = await initializeTestEnvironment({
      projectId: uniqueOptions().projectId,
      firestore: { host, port: Number(port), rules },
    });
    await environment.withSecurityRulesDisabled(async (context) => {
      const db = context.firestore() as unknown as Firestore;
      await setDoc(doc(db, "reviews/one"), { text: "Broke.", author: "customer", sentiment: SENTIMENT });
      await setDoc(doc(db, "shops/a/reviews/one"), { text: "Broke.", sentiment: SENTIMENT });
      await setDoc(doc(db, "customers/one"), { address: "somewhere" });
    });
    reader = environment.authenticatedContext("reader", { reviews: "read" }).firestore() as unknown as Firestore;
    writer = environment
      .authenticatedContext("writer", { reviews: "write", email: "ann@example.com" })
      .firestore() as unknown as Firestore;
    customer = environment.authenticatedContext("customer").firestore() as unknown as Firestore;
    stranger = environment.unauthenticatedContext().firestore() as unknown as Firestore;
    const other = environment.authenticatedContext("other", { reviews: "other" }).firestore() as unknown as Firestore;
    everybody = [reader, customer, stranger, other, writer];
  });
  afterAll(async () => environment?.cleanup());

  /** A decision as the page writes it. */
  const triage = (more: Record<string, unknown> = {}) => ({
    state: "done",
    by: "ann@example.com",
    at: serverTimestamp(),
    ...more,
  });

  test("let an account with the claim `write` record a decision in its own name, and read", async () => {
    const review = doc(writer, REVIEW);
    await assertSucceeds(getDoc(review));
    await assertSucceeds(updateDoc(review, { triage: triage() }));
    await assertSucceeds(updateDoc(review, { "triage.note": "Refunded.", "triage.at": serverTimestamp() }));
    await assertSucceeds(updateDoc(review, { triage: triage({ state: "open", assignee: "bob@example.com" }) }));
    await assertSucceeds(updateDoc(review, { triage: triage({ label: "POSITIVE", textHash: HASH }) }));
    expect((await getDoc(review)).get("sentiment")).toEqual(SENTIMENT);
    const noEmail = environment.authenticatedContext("nameless", { reviews: "write" }).firestore();
    await assertSucceeds(
      updateDoc(doc(noEmail as unknown as Firestore, REVIEW), { triage: triage({ by: "nameless" }) }),
    );
  });

  test("let a note be saved that was written before somebody else marked the review as done, which it stays", async () => {
    const review = doc(writer, REVIEW);
    const user = { name: "Ann", uid: "writer", signature: "ann@example.com", mayWrite: true };
    const seen = { state: "open" as const, by: "bob@example.com" };
    await updateDoc(review, { triage: triage({ state: "done" }) });
    await assertSucceeds(saveTriage(writer, REVIEW, user, seen, { note: "Called." }));
    expect((await getDoc(review)).get("triage")).toMatchObject({ state: "done", note: "Called." });
    await environment.withSecurityRulesDisabled((context) =>
      updateDoc(doc(context.firestore() as unknown as Firestore, REVIEW), { triage: deleteField() }),
    );
    await assertSucceeds(saveTriage(writer, REVIEW, user, undefined, { note: "Called." }));
    expect((await getDoc(review)).get("triage")).toMatchObject({ state: "open", note: "Called." });
  });

  test("keep a correction of an older text while something else of the decision changes", async () => {
    await environment.withSecurityRulesDisabled(async (context) => {
      const corrected = {
        state: "open",
        by: "bob@example.com",
        at: Timestamp.now(),
        label: "POSITIVE",
        textHash: "b".repeat(64),
      };
      const db = context.firestore() as unknown as Firestore;
      await setDoc(doc(db, "reviews/edited"), { text: "Broke.", sentiment: SENTIMENT, triage: corrected });
    });
    const review = doc(writer, "reviews/edited");
    const decision = { "triage.by": "ann@example.com", "triage.at": serverTimestamp() };
    await assertSucceeds(updateDoc(review, { ...decision, "triage.state": "done" }));
    await assertFails(updateDoc(review, { ...decision, "triage.label": "NEUTRAL" }));
    await assertSucceeds(
      updateDoc(review, { ...decision, "triage.label": deleteField(), "triage.textHash": deleteField() }),
    );
  });

  test("refuse a decision that is in another name, at another time, of another shape, or beside other changes", async () => {
    const review = doc(writer, "reviews/one");
    for (const wrong of [
      triage({ by: "bob@example.com" }),
      triage({ by: "writer" }),
      triage({ at: Timestamp.fromMillis(0) }),
      triage({ state: "later" }),
      triage({ note: "x".repeat(2_001) }),
      triage({ note: 1 }),
      triage({ assignee: "x".repeat(201) }),
      triage({ priority: 1 }),
      triage({ label: "POSITIVE" }),
      triage({ textHash: HASH }),
      triage({ label: "POSITIVE", textHash: "b".repeat(64) }),
      { state: "done" },
      "done",
    ])
      await assertFails(updateDoc(review, { triage: wrong }));
    await assertFails(updateDoc(review, { triage: triage(), text: "Fine." }));
    await assertFails(updateDoc(review, { triage: triage(), "sentiment.label": "POSITIVE" }));
    await assertFails(updateDoc(review, { triage: deleteField() }));
    await assertFails(setDoc(doc(writer, "reviews/new"), { text: "Fine.", triage: triage() }));
    await assertFails(updateDoc(doc(writer, "customers/one"), { triage: triage() }));
    await assertSucceeds(updateDoc(review, { triage: triage() }));
  });

  test("let nobody else record a decision", async () => {
    for (const db of everybody.filter((one) => one !== writer))
      for (const by of ["ann@example.com", "reader", "customer"])
        await assertFails(updateDoc(doc(db, "reviews/one"), { triage: triage({ by }) }));
  });

  test("let an account with the claim read, list and count reviews", async () => {
    await assertSucceeds(getDoc(doc(reader, "reviews/one")));
    await assertSucceeds(getDocs(query(collection(reader, "reviews"), limit(25))));
    await assertSucceeds(getCountFromServer(collection(reader, "reviews")));
  });

  test("open reviews below other documents only if they say so", async () => {
    const group = () => getCountFromServer(collectionGroup(reader, "reviews"));
    if (all) {
      await assertSucceeds(getDoc(doc(reader, "shops/a/reviews/one")));
      expect((await assertSucceeds(group())).data().count).toBeGreaterThanOrEqual(2);
    } else {
      await assertFails(getDoc(doc(reader, "shops/a/reviews/one")));
      await assertFails(updateDoc(doc(writer, "shops/a/reviews/one"), { triage: triage() }));
      await assertFails(group());
    }
  });

  test("let nobody else read a review", async () => {
    for (const db of everybody.filter((one) => one !== reader && one !== writer)) {
      await assertFails(getDoc(doc(db, "reviews/one")));
      await assertFails(getDocs(query(collection(db, "reviews"), limit(1))));
      await assertFails(getCountFromServer(collectionGroup(db, "reviews")));
    }
  });

  test("open nothing but reviews", async () => {
    await assertFails(getDoc(doc(reader, "customers/one")));
    await assertFails(setDoc(doc(reader, "customers/two"), {}));
  });

  test("let nobody write the result field, not even into a review of their own", async () => {
    for (const db of everybody) {
      await assertFails(updateDoc(doc(db, "reviews/one"), { sentiment: { ...SENTIMENT, label: "POSITIVE" } }));
      await assertFails(updateDoc(doc(db, "reviews/one"), { "sentiment.label": "POSITIVE" }));
      await assertFails(updateDoc(doc(db, "reviews/one"), { text: "Fine.", sentiment: null }));
      await assertFails(setDoc(doc(db, "reviews/one"), { text: "Fine.", author: "customer" }));
      await assertFails(addDoc(collection(db, "reviews"), { text: "x", author: "customer", sentiment: SENTIMENT }));
      await assertFails(
        addDoc(collection(db, "reviews"), { text: "x", author: "customer", triage: { state: "done" } }),
      );
      await assertFails(deleteDoc(doc(db, "reviews/one")));
    }
  });

  if (rules === RULES_WITH_CUSTOMERS)
    test("let customers write a review in their own name, and edit it", async () => {
      const own = doc(customer, "reviews/own");
      await assertSucceeds(setDoc(own, { text: "Fine.", author: "customer" }));
      await assertSucceeds(updateDoc(own, { text: "Fine, still.", rating: 4 }));
      for (const wrong of [{ text: "x".repeat(10_001) }, { text: 5 }, { admin: true }, { triage: triage() }]) {
        await assertFails(updateDoc(own, wrong));
        await assertFails(setDoc(doc(customer, "reviews/wrong"), { text: "Fine.", author: "customer", ...wrong }));
      }
      await assertFails(updateDoc(own, { author: "other" }));
      await assertSucceeds(updateDoc(doc(customer, "reviews/one"), { text: "Broke again." }));
      await assertFails(setDoc(doc(customer, "reviews/foreign"), { text: "Fine.", author: "other" }));
      await assertFails(updateDoc(doc(everybody[3] as Firestore, "reviews/one"), { text: "Mine now." }));
      await assertFails(setDoc(doc(stranger, "reviews/nobody"), { text: "Fine." }));
    });

  if (rules !== RULES_WITH_CUSTOMERS)
    test("let nobody write at all", async () => {
      for (const db of everybody) {
        await assertFails(updateDoc(doc(db, "reviews/one"), { text: "Fine." }));
        await assertFails(addDoc(collection(db, "reviews"), { text: "Fine.", author: "customer" }));
      }
    });
});

test("the proposed lines are found", () => {
  expect(RULES_WITH_CUSTOMERS).not.toBe(RULES);
  expect(RULES_OF_ALL_SHOPS).not.toBe(RULES);
  const field = { path: "reviews" };
  expect(fillRules(RULES, field, "sentiment").replaceAll('"', "'")).toBe(RULES);
  expect(fillRules(RULES, { group: "reviews" }, "sentiment").replaceAll('"', "'")).toBe(RULES_OF_ALL_SHOPS);
  expect(fillRules(RULES, { path: "shops/main/opinions" }, "mood")).toContain("match /shops/main/opinions/{review} {");
});
