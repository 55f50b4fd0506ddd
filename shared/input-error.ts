import { ExplainedError } from "./explained-error.ts";

/** An argument or an input file cannot be used as it is. */
export class InputError extends ExplainedError {
  override readonly name = "InputError";
  override readonly exitCode = 2;
}
