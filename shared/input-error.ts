/** The input cannot be used as it is. The message names what is wrong, where, and what to do about it. */
export class InputError extends Error {
  override readonly name = "InputError";
}
