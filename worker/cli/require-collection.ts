import { InputError } from "../../shared/input-error.ts";
import type { PathTemplate } from "../../shared/path.ts";

/**
 * The collection of the reviews, for a command that queries it.
 * @param who needs it, for the message
 * @throws {InputError} if its name is a variable
 */
export function requireCollection(
  { collection, source }: PathTemplate,
  who: string,
): NonNullable<PathTemplate["collection"]> {
  if (collection === undefined)
    throw new InputError(
      `${who} needs a REVIEWS_PATH whose last collection has a name, such as reviews/{review}; it is ${source}`,
    );
  return collection;
}
