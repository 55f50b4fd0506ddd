import { getSystemErrorMessage } from "node:util";

/** Why the operating system refused, such as "permission denied", without the code and the call in Node's own messages. */
export function systemProblem({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : getSystemErrorMessage(errno);
}
