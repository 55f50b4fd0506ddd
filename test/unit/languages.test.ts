import { eld } from "eld/extrasmall";
import { beforeAll, describe, expect, test } from "vitest";
import { DETECTABLE_LANGUAGES } from "../../model/language-tags.ts";
import { type DetectedLanguage, LanguageDetector } from "../../model/languages.ts";
import { ENGLISH, LONG, SHORT } from "../fixtures/languages.ts";

interface Loaded {
  detect(text: string): DetectedLanguage;
}

let english: Loaded;
let any: Loaded;
beforeAll(async () => {
  [english, any] = await Promise.all([loaded(["en"]), loaded("any")]);
});

async function loaded(read: readonly string[] | "any"): Promise<Loaded> {
  const detector = new LanguageDetector(read);
  await detector.load();
  return { detect: (text) => detector.detect(text) as DetectedLanguage };
}

const share = <T>(items: readonly T[], meets: (item: T) => boolean): number =>
  items.filter(meets).length / items.length;

test("LANGUAGES accepts the languages that can be detected, and no others", () => {
  expect(DETECTABLE_LANGUAGES).toEqual(Object.values(eld.info().Languages));
});

describe("a detector for a model that reads English", () => {
  test("refuses at most one in 200 English reviews with brand names, foreign words, slang and typing errors", () => {
    expect(ENGLISH).toHaveLength(400);
    const refused = ENGLISH.filter((text) => english.detect(text).unsupported !== undefined);
    expect(refused.length, refused.join("\n")).toBeLessThanOrEqual(2);
  });

  test("refuses 97 % of the reviews in 15 other languages, and names their languages", () => {
    const long = LONG.filter(({ text }) => text.length > 40);
    expect(long.length).toBeGreaterThanOrEqual(200);
    expect(new Set(long.map(({ language }) => language)).size).toBe(15);
    const missed = long.filter(({ language, text }) => english.detect(text).unsupported !== language);
    expect(missed.length / long.length, JSON.stringify(missed)).toBeLessThanOrEqual(0.03);
  });

  test("never takes a short remark in another language for English", () => {
    expect(SHORT).toHaveLength(210);
    expect(SHORT.filter(({ text }) => english.detect(text).language === "en")).toEqual([]);
  });

  test.each([
    "",
    " ",
    "👍👍👍",
    "😍 ❤️ ⭐⭐⭐⭐⭐",
    "OK",
    "Muy bueno",
    "Giovanni Müller",
    "5/5",
    "https://example.com/produit/très-bien/avis",
    "#love @maria_gonzalez",
    "iPhone 15 Pro Max",
    "x".repeat(100_000),
    "\uD83D",
    "𝐀𝐦𝐚𝐳𝐢𝐧𝐠",
    "ಠ_ಠ",
    "¯\\_(ツ)_/¯",
    "(づ｡◕‿‿◕｡)づ",
    "Ω π µ",
    "iPhone 很好",
  ])("reports no language for %j", (text) => {
    expect(english.detect(text)).toEqual({});
  });

  test.each(["سيء جدا", "安い", "非常好", "Хорошо", "최고예요", "ดีมาก", "おすすめ", "מצוין!", "👍 отлично"])(
    "refuses %j, which is short, but in no script that it reads",
    (text) => {
      expect(english.detect(text).unsupported).toMatch(/^[a-z]{2,3}$/);
      expect(any.detect(text).unsupported).toBeUndefined();
    },
  );

  test("accepts texts that mix another language with English", () => {
    const mixed =
      "This is the best café con leche that I have had. Muy rico, muy barato, volveré pronto con toda mi familia!";
    expect(english.detect(mixed).unsupported).toBeUndefined();
  });

  test("recognises English by its frequent words, also with typographic quotes", () => {
    expect(english.detect("It doesn’t work and they wouldn’t take it back")).toEqual({ language: "en" });
    expect(english.detect("The battery died after a week, and that was it.")).toEqual({ language: "en" });
  });
});

test("a detector recognises English before its n-grams are loaded, and reports if it needs them", async () => {
  const detector = new LanguageDetector(["en"]);
  expect(detector.detect("The battery died after a week, and that was it.")).toEqual({ language: "en" });
  expect(detector.detect("Muy bueno")).toEqual({});
  const spanish = "El paquete llegó con tres días de retraso y nadie contesta.";
  expect(detector.detect(spanish)).toBeUndefined();
  await Promise.all([detector.load(), detector.load()]);
  expect(detector.detect(spanish)).toEqual({ unsupported: "es" });
});

describe("a detector for a model that reads several languages", () => {
  test("refuses only the others", async () => {
    const detector = await loaded(["en", "es", "fr"]);
    const refused = LONG.filter(({ text }) => detector.detect(text).unsupported !== undefined);
    expect(share(LONG, ({ language }) => ["es", "fr"].includes(language))).toBeGreaterThan(0);
    expect(refused.filter(({ language }) => ["es", "fr"].includes(language))).toEqual([]);
    expect(refused.length).toBeGreaterThan(
      0.9 * LONG.filter(({ language }) => !["es", "fr"].includes(language)).length,
    );
  });

  test("refuses a short text by its script", async () => {
    const detector = await loaded(["en", "ja", "ru"]);
    for (const text of ["安い", "おすすめ", "Хорошо", "Muy bueno"])
      expect(detector.detect(text).unsupported).toBeUndefined();
    for (const text of ["سيء جدا", "최고예요"]) expect(detector.detect(text).unsupported).toBeDefined();
  });

  test("names the language of a text too short for its n-grams, if no other is written in this script", async () => {
    const detector = await loaded(["en", "ja", "zh"]);
    expect(detector.detect("품질이 좋네요")).toEqual({ unsupported: "ko" });
    expect((await loaded(["en", "ko"])).detect("품질이 좋네요").unsupported).toBeUndefined();
  });

  test("that reads no English refuses English", async () => {
    const detector = await loaded(["es"]);
    expect(detector.detect("The battery died after a week, and that was it.")).toEqual({ unsupported: "en" });
  });
});

describe("a detector that refuses nothing", () => {
  test("names the language of nine in ten reviews, and at most one in a hundred wrongly", () => {
    const named = LONG.filter(({ text }) => any.detect(text).language !== undefined);
    expect(named.length / LONG.length).toBeGreaterThan(0.9);
    expect(share(named, ({ language, text }) => any.detect(text).language !== language)).toBeLessThanOrEqual(0.01);
    expect(LONG.filter(({ text }) => any.detect(text).unsupported !== undefined)).toEqual([]);
  });

  test.each([
    ["vi", "Rất tốt, giao hàng nhanh, đóng gói cẩn thận, tôi rất hài lòng."],
    ["ca", "Molt bon producte, ha arribat de seguida i està molt ben fet, però l'embalatge podria ser millor."],
    ["ko", "품질이 정말 좋아요 배송도 빨라요"],
  ])("names %s, also if accents are characters of their own", (language, text) => {
    expect(any.detect(text)).toEqual({ language });
    expect(any.detect(text.normalize("NFD"))).toEqual({ language });
  });
});
