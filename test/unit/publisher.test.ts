import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ReviewPublisher, type ReviewPublisherOptions } from "../../packages/publisher/index.ts";

/** A publisher with the application's own client, and the messages that it has sent. */
function publisher(options: ReviewPublisherOptions = {}, publish?: () => Promise<string>) {
  const sent: string[] = [];
  const client = {
    topics: [] as string[],
    closed: false,
    topic: (name: string) => {
      client.topics.push(name);
      return {
        publishMessage:
          publish ?? (async ({ data }: { data: Uint8Array }) => `id-${sent.push(Buffer.from(data).toString())}`),
      };
    },
    close: async () => {
      client.closed = true;
    },
  };
  return { publisher: new ReviewPublisher({ ...options, pubsub: client }), sent, client };
}

describe("publishing a review", () => {
  test("sends exactly the message of the contract", async () => {
    const { publisher: p, sent } = publisher();
    await p.publishReview("reviews/abc");
    expect(sent).toEqual(['{"path":"reviews/abc"}']);
  });

  test("returns the message id", async () => {
    const { publisher: p } = publisher();
    expect(await p.publishReview("reviews/abc")).toBe("id-1");
    expect(await p.publishReview("reviews/def")).toBe("id-2");
  });

  test("sends force on request", async () => {
    const { publisher: p, sent } = publisher();
    await p.publishReview("reviews/abc", { force: true });
    await p.publishReview("reviews/abc", { force: false });
    await p.publishReview("reviews/abc", {});
    expect(sent).toEqual(['{"path":"reviews/abc","force":true}', '{"path":"reviews/abc"}', '{"path":"reviews/abc"}']);
  });

  test("refuses a document reference instead of a path, and says what to pass", async () => {
    const { publisher: p, sent } = publisher();
    for (const wrong of [{ path: "reviews/abc" }, undefined])
      await expect(p.publishReview(wrong as unknown as string)).rejects.toThrow("pass ref.path");
    expect(sent).toEqual([]);
  });

  test("names the option that is not a valid template", () => {
    expect(() => publisher({ reviewsPath: "reviews" })).toThrow('reviewsPath is "reviews": it must name documents');
  });

  test("respects the given template", async () => {
    const { publisher: p, sent } = publisher({ reviewsPath: "shops/{shop}/reviews/{review}" });
    await p.publishReview("shops/7/reviews/abc");
    await expect(p.publishReview("reviews/abc")).rejects.toThrow("shops/{shop}/reviews/{review}");
    expect(sent).toEqual(['{"path":"shops/7/reviews/abc"}']);
  });

  test.each(["users/abc", "reviews", "/reviews/abc", "reviews/abc/", "reviews/__x__", ""])(
    "refuses what is no review before anything is sent: %j",
    async (path) => {
      const { publisher: p, sent } = publisher();
      await expect(p.publishReview(path)).rejects.toThrow(`"${path}" is not a review`);
      expect(sent).toEqual([]);
    },
  );

  test.each([
    ["/reviews/abc", "leave out the slash in front"],
    ["projects/shop/databases/(default)/documents/reviews/abc", 'leave out everything up to "/documents/"'],
    ["reviews/", "(path-invalid-id): it is empty"],
    ["reviews/__x__", '"__x__" begins and ends with "__"'],
    [`reviews/${"x".repeat(1_501)}`, "it has 1501 bytes, and the maximum is 1500"],
  ])("says what is wrong with a path: %.60s", async (path, reason) => {
    await expect(publisher().publisher.publishReview(path)).rejects.toThrow(reason);
  });

  test("says that a path of valid ids is too long", async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `{v${i}}`);
    const { publisher: p } = publisher({ reviewsPath: ids.join("/") });
    await expect(p.publishReview(ids.map(() => "x".repeat(1_000)).join("/"))).rejects.toThrow("too long for Firestore");
  });

  test("does not quote what may be the text of a review", async () => {
    const text = "The kettle broke after a day, and nobody in the shop answers my letters.";
    const error = await publisher()
      .publisher.publishReview(text)
      .catch((e: Error) => e);
    expect(String(error)).toBe("Error: the path is not a review: it does not match reviews/{review} (path-mismatch)");
  });

  test("refuses a force that is neither true nor false, because the worker would dead-letter the message", async () => {
    const { publisher: p, sent } = publisher();
    for (const force of ["false", 1, null])
      await expect(p.publishReview("reviews/abc", { force: force as unknown as boolean })).rejects.toThrow(
        "force must be true or false",
      );
    expect(sent).toEqual([]);
  });

  test("sends to the given topic", async () => {
    expect(publisher().client.topics).toEqual(["reviews"]);
    expect(publisher({ topic: "shop-reviews" }).client.topics).toEqual(["shop-reviews"]);
  });

  test("fails if publishing fails", async () => {
    const failure = new Error("quota exceeded");
    const { publisher: p } = publisher({}, () => Promise.reject(failure));
    await expect(p.publishReview("reviews/abc")).rejects.toBe(failure);
  });
});

test("a publisher with an invalid template cannot be created", () => {
  expect(() => publisher({ reviewsPath: "reviews" })).toThrow("collection/{document}");
});

test("closing waits for messages that are being sent, also for one that fails, and leaves the application's client open", async () => {
  const events: string[] = [];
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
  const waiting = answers.map(({ promise }) => promise);
  const { publisher: p, client } = publisher({}, () => waiting.shift() as Promise<string>);
  const published = [p.publishReview("reviews/abc"), p.publishReview("reviews/def")] as const;
  const closed = p.close().then(() => events.push("closed"));
  await setImmediate();
  answers[0].reject(new Error("quota exceeded"));
  await expect(published[0]).rejects.toThrow("quota exceeded");
  await setImmediate();
  events.push("sent");
  answers[1].resolve("id-1");
  await closed;
  expect(events).toEqual(["sent", "closed"]);
  expect(client.closed).toBe(false);
});
