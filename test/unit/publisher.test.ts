import { describe, expect, test } from "vitest";
import { ReviewPublisher, type ReviewPublisherOptions } from "../../shared/publisher.ts";

/** A publisher, and the bodies it has sent. */
function publisher(options: ReviewPublisherOptions = {}) {
  const sent: string[] = [];
  const queue = {
    closed: false,
    publish: async (data: Uint8Array) => `id-${sent.push(Buffer.from(data).toString())}`,
    close: async () => {
      queue.closed = true;
    },
  };
  return { publisher: new ReviewPublisher({ ...options, queue }), sent, queue };
}

describe("publishing a review", () => {
  test("sends exactly the message of the contract", async () => {
    const { publisher: p, sent } = publisher();
    await p.publishReview("reviews/abc");
    expect(sent).toEqual(['{"path":"reviews/abc"}']);
  });

  test("gives the message id", async () => {
    const { publisher: p } = publisher();
    expect(await p.publishReview("reviews/abc")).toBe("id-1");
    expect(await p.publishReview("reviews/def")).toBe("id-2");
  });

  test("sends force if asked to", async () => {
    const { publisher: p, sent } = publisher();
    await p.publishReview("reviews/abc", { force: true });
    await p.publishReview("reviews/abc", { force: false });
    await p.publishReview("reviews/abc", {});
    expect(sent).toEqual(['{"path":"reviews/abc","force":true}', '{"path":"reviews/abc"}', '{"path":"reviews/abc"}']);
  });

  test("follows the template it was given", async () => {
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

  test("fails as publishing fails", async () => {
    const failure = new Error("quota exceeded");
    const p = new ReviewPublisher({ queue: { publish: () => Promise.reject(failure) } });
    await expect(p.publishReview("reviews/abc")).rejects.toBe(failure);
  });
});

test("a publisher with a wrong template is not made", () => {
  expect(() => publisher({ reviewsPath: "reviews" })).toThrow("collection/{document}");
});

describe("closing", () => {
  test("closes the connection", async () => {
    const { publisher: p, queue } = publisher();
    expect(queue.closed).toBe(false);
    await p.close();
    expect(queue.closed).toBe(true);
  });

  test("needs no connection that can be closed", async () => {
    await new ReviewPublisher({ queue: { publish: async () => "1" } }).close();
  });
});
