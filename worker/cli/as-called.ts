/** In a clone, commands are npm scripts. Installed from a package, and in the image, the program is a bundle without them. */
export const IS_BUNDLE = !import.meta.url.endsWith(".ts");

/**
 * Commands in a text as this program is called.
 * @param text with commands as in a clone, such as `npm run replay -- --failed`
 */
export function asCalled(text: string, isBundle = IS_BUNDLE): string {
  return isBundle ? text.replace(/npm run (?:--silent )?([a-z]+)(?: --(?= ))?/g, "review-sentiment $1") : text;
}
