import { describe, expect, test } from "vitest";
import { FineTime } from "../../shared/fine-time.ts";
import { InputError } from "../../shared/input-error.ts";
import { PathTemplate } from "../../shared/path.ts";
import { decodeToken, encodeToken, type Place, type ResumableReplay } from "../../worker/replay/resume-token.ts";
import { modelId } from "../ids.ts";

const reviewsPath = PathTemplate.parse("shops/{shop}/reviews/{review}");
const place: Place = {
  GOOGLE_CLOUD_PROJECT: "my-shop-123",
  FIRESTORE_DATABASE: "(default)",
  REVIEWS_PATH: reviewsPath.source,
  RESULT_FIELD: "sentiment",
  PUBSUB_TOPIC: "reviews",
  FIRESTORE_EMULATOR_HOST: "not set",
};
const replay: ResumableReplay = {
  selection: {
    reviewsPath,
    where: [
      { field: "by.country", comparison: "==", value: "nø" },
      { field: "at", comparison: ">", value: new Date("2025-01-31T12:00:00.123Z") },
      { field: "at", comparison: "<=", value: new FineTime(Date.parse("2025-01-31T12:00:00.123Z"), 4_500) },
      { field: "text", comparison: ">=", value: "2025-01-31T12:00:00.123Z" },
      { field: "stars", comparison: "<", value: 3.5 },
      { field: "gift", comparison: "==", value: null },
      { field: "paid", comparison: "==", value: false },
    ],
    since: new Date("2025-01-30T00:00:00Z"),
    unlabelled: true,
    failed: false,
    otherModel: modelId("lite@2"),
  },
  force: true,
  limit: 1_000,
  record: "labels.jsonl",
  checkpoint: {
    position: '["shops/1/reviews/a"]',
    startedAt: new Date("2025-02-01T00:00:00.001Z"),
    read: 70,
    published: 7,
    recorded: 700,
    done: false,
  },
};

describe("a resume token", () => {
  test("restores all options and the position of a replay", () => {
    expect(decodeToken(encodeToken(replay, place), place)).toEqual(replay);
  });

  test("restores a replay without options", () => {
    const smallest: ResumableReplay = {
      selection: { reviewsPath, where: [], unlabelled: false, failed: false },
      force: false,
      checkpoint: { read: 0, published: 0, recorded: 0, done: false },
    };
    expect(decodeToken(encodeToken(smallest, place), place)).toEqual(smallest);
  });

  test("restores the error code of --failed", () => {
    const failed = { ...replay, selection: { ...replay.selection, failed: "text-blank" } };
    expect(decodeToken(encodeToken(failed, place), place)).toEqual(failed);
  });

  test("can be pasted into a shell", () => {
    expect(encodeToken(replay, place)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  test.each(["", "abc", encodeToken(replay, place).slice(0, -9), Buffer.from("{}").toString("base64url")])(
    "is refused if it is %j",
    (token) => {
      expect(() => decodeToken(token, place)).toThrow(InputError);
      expect(() => decodeToken(token, place)).toThrow(/token that an interrupted replay has printed/);
    },
  );

  test.each(Object.keys(place))("is refused where %s is another", (name) => {
    expect(() => decodeToken(encodeToken(replay, place), { ...place, [name]: "another" })).toThrow(
      `the token belongs to a replay with other settings: ${name} was ${place[name as keyof Place]} and is another. Set them as they were`,
    );
  });
});
