import { describe, expect, test } from "vitest";
import { starRating } from "../../worker/cli/star-rating.ts";

describe("a rating out of five", () => {
  test.each<[string, number]>([
    ["★★★★★", 5],
    ["★★★☆☆", 3],
    ["★", 1],
    ["★★★½", 3.5],
    ["★★★½☆", 3.5],
    ["⭐️⭐️", 2],
    ["★ ★ ☆ ☆ ☆", 2],
    ["4/5", 4],
    [" 4,5 / 5 ", 4.5],
    ["1 star", 1],
    ["5 Stars", 5],
    ["4 out of 5", 4],
    ["4.0 out of 5 stars", 4],
    ["Rated 4 out of 5", 4],
    ["3 Sterne", 3],
    ["1 Stern", 1],
    ["4,0 von 5 Sternen", 4],
    ["5 estrellas", 5],
    ["4,0 de 5 estrellas", 4],
    ["1 étoile", 1],
    ["4,0 sur 5 étoiles", 4],
    ["1 stella", 1],
    ["4,0 su 5 stelle", 4],
    ["5 estrelas", 5],
    ["1 ster", 1],
    ["4,0 van 5 sterren", 4],
    ["5 yıldız üzerinden 4,0", 4],
    ["5 yıldız", 5],
    ["1 звезда", 1],
    ["4 из 5", 4],
    ["4.0 من 5 نجوم", 4],
    ["5★", 5],
    ["4颗星", 4],
    ["4星", 4],
    ["5つ星のうち4.0", 4],
  ])("%s is %d", (text, rating) => {
    expect(starRating(text)).toBe(rating);
  });

  test.each([
    "5",
    "4.5",
    "0/5",
    "6/5",
    "8/10",
    "4/5/2026",
    "☆☆☆☆☆",
    "★☆",
    "★★★★★★",
    "★★☆☆☆☆",
    "5 years",
    "5 ok",
    "",
    "stars",
  ])("%j is none", (text) => {
    expect(starRating(text)).toBeUndefined();
  });
});
