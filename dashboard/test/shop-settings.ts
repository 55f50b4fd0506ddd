import type { Settings } from "../src/settings.ts";

/** The page's settings, where the fields have their default names. */
export const SETTINGS: Settings = {
  collection: "reviews",
  textField: "text",
  resultField: "sentiment",
  database: "(default)",
  labels: ["NEGATIVE", "NEUTRAL", "POSITIVE"],
  negative: "NEGATIVE",
};

/** The page's settings for a shop with ratings and products, on an emulator. */
export function shopSettings(emulator: NonNullable<Settings["emulator"]>): Settings {
  return { ...SETTINGS, ratingField: "rating", groupField: "product", emulator };
}
