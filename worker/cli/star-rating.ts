/** Ratings out of five as shops and platforms spell them: `★★★☆☆`, `4/5`, `1 star`, `five stars`, `4,0 von 5 Sternen`. */
import { isStarField } from "./star-field.ts";

const FULL = "★⭐🌟✭✮";
const EMPTY = "☆✩";
const STARS = new RegExp(`^(?<full>[${FULL}]{1,5})(?<half>½?)(?<empty>[${EMPTY}]{0,4})$`, "u");

const NUMBER = String.raw`(?<number>\d(?:[.,]\d{1,2})?)`;
const FIVE = "5(?:[.,]0{1,2})?";
/** "of" as in "4 of 5", in the languages that `lite-multi` reads. */
const OF = "/|out of|of|von|sur|de|di|su|van|uit|из|من";
/** What may follow the number: "out of 5", a unit, or both. */
const AFTER = new RegExp(
  String.raw`^(?:rated\s+)?${NUMBER}\s*(?<of>(?:${OF})\s*${FIVE})?\s*(?<unit>\p{L}[\p{L}\p{M}]*|[★⭐])?$`,
  "iu",
);
/** "5つ星のうち4.0", "5 yıldız üzerinden 4,0". */
const BEFORE = new RegExp(String.raw`^5(?:つ星のうち|\s*(?:yıldız\s+)?üzerinden)\s*${NUMBER}$`, "iu");
/** From one to five, in the languages that `lite-multi` reads and that separate words. Google's Business Profile exports the English ones, in capitals. */
const WORDS = [
  "one ein eins un una uno une um uma een één bir одна واحدة",
  "two zwei dos deux due dois duas twee iki две",
  "three drei tres trois tre três drie üç три ثلاث",
  "four vier cuatro quatre quattro quatro dört четыре أربع",
  "five fünf cinco cinq cinque vijf beş пять خمس",
].map((words) => new Set(words.split(" ")));
/** https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews#starrating */
const GOOGLE_RATING = /^(?:ONE|TWO|THREE|FOUR|FIVE)$/;
/** Words for stars that no field of ratings would have as its name. */
const OTHER_UNITS = new Set(["★", "⭐", "颗星", "つ星", "نجمة", "نجمتان", "ster"]);

/** The rating from 0.5 to 5, or `undefined` if the text is none in these forms. A bare number is none. */
export function starRating(text: string): number | undefined {
  const compact = text
    .normalize()
    .trim()
    .replace(/\uFE0F/g, "");
  const { full = "", half = "", empty = "" } = STARS.exec(compact.replace(/\s/g, ""))?.groups ?? {};
  if (full !== "") {
    const places = [...full, ...half, ...empty].length;
    const isComplete = empty === "" ? places <= 5 : places === 5;
    return isComplete ? [...full].length + (half === "" ? 0 : 0.5) : undefined;
  }
  if (GOOGLE_RATING.test(compact)) return numberOf(compact);
  const after = AFTER.exec(compact.replace(/^\p{L}+/u, (word) => String(numberOf(word) ?? word)))?.groups;
  if (after !== undefined && !(after.unit === undefined ? after.of : isUnit(after.unit))) return undefined;
  const number = (after ?? BEFORE.exec(compact)?.groups)?.number;
  const rating = Number(number?.replace(",", "."));
  return rating >= 0.5 && rating <= 5 ? rating : undefined;
}

function numberOf(word: string): number | undefined {
  const index = WORDS.findIndex((words) => words.has(word.toLowerCase()));
  return index === -1 ? undefined : index + 1;
}

function isUnit(word: string): boolean {
  return isStarField(word) || OTHER_UNITS.has(word.toLowerCase());
}
