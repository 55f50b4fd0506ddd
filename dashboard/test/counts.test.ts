/** The page's counts on Google's emulator, without a browser. */
import { expect, test } from "vitest";
import { loadRules } from "../../shared/backends/emulators.ts";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";
import { connect } from "../src/connect.ts";
import { countUnseen } from "../src/counts.ts";
import { RULES } from "./security-rules.ts";
import { SETTINGS } from "./shop-settings.ts";

test.skipIf(emulatorEnv() === undefined)("other labels are counted, however many the settings list", async () => {
  const host = String(emulatorEnv()?.FIRESTORE_EMULATOR_HOST);
  const options = uniqueOptions();
  await loadRules(host, options.projectId, RULES);
  const store = new FirestoreStore({ ...options, emulatorHost: host });
  const labels = ["POSITIVE", "NEGATIVE", "OTHER", "MIXED", undefined];
  await store.put(
    labels.map((label, i) => ({
      path: `reviews/r${i}`,
      fields: {
        ...(i > 0 && { createdAt: new Date() }),
        ...(label !== undefined && { sentiment: { label, score: 0.9, classifiedAt: new Date() } }),
      },
    })),
  );
  await store.close();
  const few = { ...SETTINGS, emulator: { host, projectId: options.projectId } };
  const { db } = await connect(few);
  // Firestore compares with ten values at most.
  const many = { ...few, labels: [...few.labels, ..."abcdefgh"] };
  for (const settings of [few, many]) {
    expect((await countUnseen(db, settings)).value).toEqual({ otherLabels: 2, waiting: 1, undated: 0 });
    const dated = { ...settings, createdField: "createdAt" };
    expect((await countUnseen(db, dated)).value).toEqual({ otherLabels: 2, waiting: 1, undated: 1 });
  }
});
