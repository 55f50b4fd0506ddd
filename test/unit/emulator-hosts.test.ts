import { expect, test } from "vitest";
import { normaliseEmulatorHosts } from "../../worker/cli/emulator-hosts.ts";

const normalised = (host: string): string | undefined => {
  const env: Record<string, string | undefined> = { FIRESTORE_EMULATOR_HOST: host };
  normaliseEmulatorHosts(env);
  return env.FIRESTORE_EMULATOR_HOST;
};

test.each([
  ["localhost:8080", "localhost:8080"],
  ["http://localhost:8080", "localhost:8080"],
  ["HTTP://127.0.0.1:8080/", "127.0.0.1:8080"],
  ["[::1]:8080", "[::1]:8080"],
  ["", ""],
])("an emulator's address %j becomes %j", (host, expected) => {
  expect(normalised(host)).toBe(expected);
});

test.each(["localhost", "https://localhost:8080", "localhost:8080/path", "local host:1"])("%j is refused", (host) => {
  expect(() => normalised(host)).toThrow(/FIRESTORE_EMULATOR_HOST is ".*"; set it to host:port/);
});
