import type { Settings } from "../src/settings.ts";

/** The page's settings for a shop with ratings and products, on an emulator. */
export function shopSettings(emulator: NonNullable<Settings["emulator"]>): Settings {
  return {
    collection: "reviews",
    textField: "text",
    resultField: "sentiment",
    ratingField: "rating",
    groupField: "product",
    database: "(default)",
    labels: ["NEGATIVE", "NEUTRAL", "POSITIVE"],
    negative: "NEGATIVE",
    emulator,
  };
}
