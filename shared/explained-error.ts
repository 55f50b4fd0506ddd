/**
 * An error that a person can mend. Its message says what is wrong, where, and what to do, so it is shown without a stack trace.
 * Any other error that reaches the top is a bug.
 */
export abstract class ExplainedError extends Error {
  /** 2: an argument, a file or the configuration is not valid. 1: a server failed or could not be reached. */
  abstract readonly exitCode: 1 | 2;
}
