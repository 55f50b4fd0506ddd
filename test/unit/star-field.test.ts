import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { isStarField, STAR_WORDS, WHOLE_STAR_WORDS } from "../../worker/cli/star-field.ts";

test.each([
  "stars",
  "starRating",
  "overall_score",
  "Sterne (1-5)",
  "Gesamtbewertung",
  "Étoiles",
  "ESTRELLAS",
  "Puntuación",
  "puntuacion",
  "Valoración del cliente",
  "Calificación",
  "Nota",
  "nota_media",
  "Avaliação",
  "Voto",
  "Waardering",
  "YILDIZ",
  "Değerlendirme",
  "Звёзды",
  "Рейтинг",
  "تقييم",
  "评分",
  "総合評価",
])("a field named %s holds ratings, with and without accents", (name) => {
  expect(isStarField(name)).toBe(true);
  expect(isStarField(name.normalize("NFD"))).toBe(true);
});

test.each(["label", "class", "quantity", "annotation", "Hersteller", "Bestellung", "Opinión", "Note", "notes", "id"])(
  "a field named %s need not hold ratings",
  (name) => {
    expect(isStarField(name)).toBe(false);
  },
);

test("the documentation lists the words", async () => {
  const page = await readFile(new URL("../../docs/reference/files.md", import.meta.url), "utf8");
  const missing = [...STAR_WORDS, ...WHOLE_STAR_WORDS].filter((word) => !page.includes(`\`${word}\``));
  expect(missing).toEqual([]);
});
