import { InputError } from "../../shared/input-error.ts";

/**
 * Takes the scheme off the addresses of emulators, which Google's clients want without one.
 * @throws {InputError} if one is not `host:port`
 */
export function normaliseEmulatorHosts(env: Record<string, string | undefined>): void {
  for (const name of ["PUBSUB_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST"]) {
    const value = env[name];
    if (!value) continue;
    const host = value
      .trim()
      .replace(/^http:\/\//i, "")
      .replace(/\/+$/, "");
    if (!/^([\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i.test(host))
      throw new InputError(`${name} is ${JSON.stringify(value)}; set it to host:port, such as localhost:8085`);
    env[name] = host;
  }
}
