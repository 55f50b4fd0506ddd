/** `firestore.rules` on Google's emulator, asked by Firebase's own client. */
import { readFile } from "node:fs/promises";
import { assertFails, assertSucceeds, initializeTestEnvironment } from "@firebase/rules-unit-testing";
import {
  addDoc,
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  type Firestore,
  getCountFromServer,
  getDoc,
  getDocs,
  limit,
  query,
  setDoc,
  setLogLevel,
  updateDoc,
} from "firebase/firestore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";

// Each refusal, which is what most tests here ask for, would be in the output.
setLogLevel("silent");

const RULES = await readFile(new URL("../../firestore.rules", import.meta.url), "utf8");

/** The rules with the lines that they propose for shops whose customers write by themselves. */
const RULES_WITH_CUSTOMERS = RULES.replace(
  /\/\/ (allow create:.*)\n(\s*)\/\/ (allow update:.*)\n\s*\/\/ ( .*)\n/,
  "$1\n$3\n$4\n",
);

const SENTIMENT = { label: "NEGATIVE", score: 0.9, model: "lite@1", textHash: "…" };

describe.skipIf(emulatorEnv() === undefined).each([
  ["the rules", RULES],
  ["the rules with customers who write", RULES_WITH_CUSTOMERS],
])("%s", (_, rules) => {
  let environment: Awaited<ReturnType<typeof initializeTestEnvironment>>;
  let reader: Firestore;
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
    customer = environment.authenticatedContext("customer").firestore() as unknown as Firestore;
    stranger = environment.unauthenticatedContext().firestore() as unknown as Firestore;
    const other = environment.authenticatedContext("other", { reviews: "write" }).firestore() as unknown as Firestore;
    everybody = [reader, customer, stranger, other];
  });
  afterAll(async () => environment?.cleanup());

  test("let an account with the claim read, list and count reviews, wherever they are", async () => {
    await assertSucceeds(getDoc(doc(reader, "reviews/one")));
    await assertSucceeds(getDoc(doc(reader, "shops/a/reviews/one")));
    await assertSucceeds(getDocs(query(collection(reader, "reviews"), limit(25))));
    await assertSucceeds(getCountFromServer(collection(reader, "reviews")));
    const { count } = (await assertSucceeds(getCountFromServer(collectionGroup(reader, "reviews")))).data();
    expect(count).toBeGreaterThanOrEqual(2);
  });

  test("let nobody else read a review", async () => {
    for (const db of everybody.filter((one) => one !== reader)) {
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
      await assertFails(deleteDoc(doc(db, "reviews/one")));
    }
  });

  if (rules !== RULES)
    test("let customers write a review in their own name, and edit it", async () => {
      const own = doc(customer, "reviews/own");
      await assertSucceeds(setDoc(own, { text: "Fine.", author: "customer" }));
      await assertSucceeds(updateDoc(own, { text: "Fine, still." }));
      await assertFails(updateDoc(own, { author: "other" }));
      await assertSucceeds(updateDoc(doc(customer, "reviews/one"), { text: "Broke again." }));
      await assertFails(setDoc(doc(customer, "reviews/foreign"), { text: "Fine.", author: "other" }));
      await assertFails(updateDoc(doc(everybody[3] as Firestore, "reviews/one"), { text: "Mine now." }));
      await assertFails(setDoc(doc(stranger, "reviews/nobody"), { text: "Fine." }));
    });

  if (rules === RULES)
    test("let nobody write at all", async () => {
      for (const db of everybody) {
        await assertFails(updateDoc(doc(db, "reviews/one"), { text: "Fine." }));
        await assertFails(addDoc(collection(db, "reviews"), { text: "Fine.", author: "customer" }));
      }
    });
});

test("the lines for customers are there to be taken", () => {
  expect(RULES_WITH_CUSTOMERS).not.toBe(RULES);
});
