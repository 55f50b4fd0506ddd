/** Recognises fields that hold stars or ratings by their names, in the languages that `lite-multi` reads. */
import { folded } from "../../shared/reviews-file.ts";

/** Match anywhere in a name, such as `reviewScore` or `Gesamtbewertung`. "Note" is left out: 1 is the best of German grades. */
export const STAR_WORDS: readonly string[] = [
  ...["star", "rating", "score", "overall"],
  ...["Stern", "Bewertung"],
  ...["étoile", "évaluation"],
  ...["estrella", "puntuación", "valoración", "calificación"],
  ...["punteggio", "valutazione"],
  ...["estrela", "avaliação", "pontuação"],
  ...["sterren", "beoordeling", "waardering"],
  ...["yıldız", "değerlendirme"],
  ...["звезд", "оценк", "рейтинг"],
  ...["تقييم", "نجوم"],
  ...["评分", "评级", "星"],
  ...["評価", "評点", "スコア"],
];

/** Match only as whole words: "annotation" contains "nota", and "Hersteller" contains "stelle". */
export const WHOLE_STAR_WORDS: readonly string[] = ["nota", "stella", "stelle", "voto", "puan", "puanı"];

const STAR_FIELD = new RegExp(
  `${STAR_WORDS.map(folded).join("|")}|(?<!\\p{L})(${WHOLE_STAR_WORDS.map(folded).join("|")})(?!\\p{L})`,
  "u",
);

export function isStarField(name: string): boolean {
  return STAR_FIELD.test(folded(name));
}
