/** `eval --from-firestore` as a process of its own, against Google's emulators. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashText } from "../../shared/result.ts";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../backends.ts";
import { GrpcProxy } from "../fault/proxy.ts";
import { run } from "../process.ts";
import { writeWordModel } from "../word-model.ts";

const hosts = emulatorEnv();

/** A correction as the dashboard stores it. */
const corrected = (label: string, text: string) => ({
  state: "done",
  by: "ann@example.com",
  at: new Date(),
  label,
  textHash: hashText(text),
});

/** Each text is one word of the model. */
const REVIEWS: Record<string, Record<string, unknown>> = {
  // Ratings that the model agrees with.
  ...many("praise", 30, { text: "good", stars: 5 }),
  ...many("blame", 24, { text: "bad", stars: 1 }),
  // Three stars are neutral, and the model is not certain.
  ...many("shrug", 12, { text: "meh", stars: 3 }),
  // A person is right, whatever the customer's stars say.
  irony: { text: "good", stars: 5, triage: corrected("NEGATIVE", "good") },
  agreed: { text: "bad", triage: corrected("NEGATIVE", "bad") },
  // The text has been edited since, so that only the stars count.
  edited: { text: "bad", stars: 2, triage: corrected("POSITIVE", "good") },
  "edited-without-stars": { text: "bad", triage: corrected("POSITIVE", "good") },
  // Nothing to learn from.
  treated: { text: "good", triage: { state: "done", by: "ann@example.com", at: new Date() } },
  "no-rating": { text: "good", stars: "5" },
  "out-of-range": { text: "good", stars: 7 },
  "no-text": { text: 4, stars: 4 },
};

function many(name: string, count: number, fields: Record<string, unknown>): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}-${i}`, fields]));
}

describe.skipIf(hosts === undefined)("eval on Firestore", () => {
  const options = uniqueOptions();
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
    // P(NEGATIVE) is 0.1, 0.9 and 0.605.
    await writeWordModel(folder, { good: [0, Math.log(9)], bad: [Math.log(9), 0], meh: [Math.log(0.605 / 0.395), 0] });
    env = { ...hosts, GOOGLE_CLOUD_PROJECT: options.projectId, MODEL: folder, INFERENCE_THREADS: "1" };
    const { store, close } = openOnEmulators(options);
    await store.put(Object.entries(REVIEWS).map(([id, fields]) => ({ path: `reviews/${id}`, fields })));
    // Of another collection, so none of the configured one's.
    await store.put([{ path: "shops/a/feedback/x", fields: { text: "bad", triage: corrected("POSITIVE", "bad") } }]);
    await store.put([{ path: "rated/a", fields: { text: "bad", stars: 1 } }]);
    await close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("takes corrections of the current text as the truth, and no others", async () => {
    const { code, stdout, stderr } = await run(["eval", "--from-firestore", "--json"], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { sets, suggestion } = JSON.parse(stdout);
    expect(sets).toMatchObject([
      { set: "corrections", reviews: 2, accuracy: 0.5, confusion: { NEGATIVE: { NEGATIVE: 1, POSITIVE: 1 } } },
    ]);
    // Of two reviews.
    expect(suggestion).toBeNull();
  });

  it("takes ratings as the truth where there is no correction, and suggests NEUTRAL_BELOW", async () => {
    const args = ["eval", "--from-firestore", "--rating-field", "stars"];
    const { code, stdout } = await run([...args, "--json"], env);
    expect(code).toBe(0);
    const { sets, suggestion } = JSON.parse(stdout);
    expect(sets.map(({ set, reviews }: { set: string; reviews: number }) => [set, reviews])).toEqual([
      ["corrections", 2],
      // With the one whose correction is about an earlier text.
      ["ratings", 30 + 24 + 12 + 1],
      ["all", 69],
    ]);
    expect(sets[1].confusion).toEqual({
      NEGATIVE: { NEGATIVE: 25, NEUTRAL: 0, POSITIVE: 0 },
      NEUTRAL: { NEGATIVE: 12, NEUTRAL: 0, POSITIVE: 0 },
      POSITIVE: { NEGATIVE: 0, NEUTRAL: 0, POSITIVE: 30 },
    });
    // The lowest that makes the uncertain ones neutral.
    expect(suggestion.neutralBelow).toBe(0.61);
    expect(suggestion.macroF1).toBeGreaterThan(suggestion.macroF1Without);

    const shown = await run(args, { ...env, NEUTRAL_BELOW: "0.7" });
    expect(shown.stderr).toContain(`Read ${4 + Object.keys(REVIEWS).length} documents of Firestore.`);
    expect(shown.stderr).toContain('1 review has a text in "stars" instead of a number');
    expect(shown.stdout).toMatch(
      /Suggested: NEUTRAL_BELOW=0\.61, with which macro-F1 is 0\.98\d instead of 0\.5\d\d \(it is 0\.7 now\)/,
    );
  });

  it("reports a Firestore that refuses in a line", async () => {
    const firestore = await new GrpcProxy(hosts?.FIRESTORE_EMULATOR_HOST as string).listen();
    firestore.fate = () => "refuse";
    firestore.refusal = { code: 7, message: "the database is locked" };
    const { code, stderr } = await run(["eval", "--from-firestore"], {
      ...env,
      FIRESTORE_EMULATOR_HOST: firestore.host,
    });
    await firestore.cut();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^review-sentiment: Firestore: .*the database is locked; the account needs .*roles\/datastore\.viewer is enough\n$/m,
      ),
    });
  });

  it("says what to do where people have said nothing", async () => {
    const { GOOGLE_CLOUD_PROJECT: _, ...withoutProject } = env;
    const { code, stderr } = await run(["eval", "--from-firestore"], {
      ...withoutProject,
      REVIEWS_PATH: "none/{review}",
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("no review has a correction of its current text; name the field with"),
    });
  });

  it.each([
    [
      "rating",
      ["eval", "--from-firestore", "--rating-field", "Stars"],
      { REVIEWS_PATH: "rated/{review}" },
      /none has a number from 1 to 5 in "Stars"; the fields are "stars", "text"/,
    ],
    [
      "text, for eval",
      ["eval", "--from-firestore", "--rating-field", "stars"],
      { TEXT_FIELD: "body" },
      /no review has the field "body", which TEXT_FIELD names; the fields are .*"text"/,
    ],
    [
      "text, for classify",
      ["classify", "--from-firestore"],
      { TEXT_FIELD: "body" },
      /no review has the field "body", which TEXT_FIELD names; the fields of the first one are .*"text"/,
    ],
  ])("lists the fields of the reviews if the name of one is wrong: the %s", async (_, args, settings, message) => {
    const { code, stderr } = await run(args, { ...env, ...settings });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  it("classifies stored reviews into a file, for people to look at, and leaves the documents as they are", async () => {
    const { store, close } = openOnEmulators(options);
    const updates = async () =>
      (await store.firestore.collection("reviews").get()).docs.map(({ id, updateTime }) => [id, updateTime]);
    const before = await updates();
    const output = join(folder, "sample.jsonl");
    const args = ["classify", "--from-firestore", "--limit", "4", "--output", output];
    const { code, stdout } = await run(args, env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("4 of 4 reviews labelled by ") });
    const lines = (await readFile(output, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { path: "reviews/agreed", text: "bad", sentiment: { label: "NEGATIVE" } },
      { path: "reviews/blame-0", text: "bad", sentiment: { label: "NEGATIVE" } },
      { path: "reviews/blame-1", text: "bad", sentiment: { label: "NEGATIVE" } },
      { path: "reviews/blame-10", text: "bad", sentiment: { label: "NEGATIVE" } },
    ]);
    expect(await updates()).toEqual(before);
    await close();

    const silent = await run(["classify", "--from-firestore"], { ...env, FIRESTORE_EMULATOR_HOST: "127.0.0.1:9" });
    expect(silent).toMatchObject({ code: 1, stderr: expect.stringContaining("the emulator at 127.0.0.1:9") });
  });
});
