import { afterEach, expect, test, vi } from "vitest";
import type { Account } from "../src/account.ts";
import { askingAccount, type Decision, withoutDecision } from "../src/use-decisions.ts";

afterEach(() => void vi.unstubAllGlobals());

const decision = (said: string): Decision => ({ said, undo: async () => {} });

test("a decision that was not saved is no longer said to be made, but a later one is, and can be taken back", () => {
  const [earlier, later] = [decision("Corrected."), decision("Marked as done.")];
  const shown = { last: later, isShown: true };
  expect(withoutDecision(shown, later)).toEqual({ last: undefined, isShown: false });
  expect(withoutDecision(shown, earlier)).toEqual(shown);
});

test("signing out asks first while decisions are unsaved, and only then", async () => {
  const signOut = vi.fn(async () => {});
  const ask = vi.fn(() => false);
  vi.stubGlobal("confirm", ask);
  const account: Account = { watch: () => () => {}, signIn: async () => undefined, refresh: async () => {}, signOut };
  await askingAccount(account, true).signOut?.();
  expect({ asked: ask.mock.calls.length, signedOut: signOut.mock.calls.length }).toEqual({ asked: 1, signedOut: 0 });
  ask.mockReturnValue(true);
  await askingAccount(account, true).signOut?.();
  await askingAccount(account, false).signOut?.();
  expect({ asked: ask.mock.calls.length, signedOut: signOut.mock.calls.length }).toEqual({ asked: 2, signedOut: 2 });
  const { signOut: _, ...local } = account;
  expect(askingAccount(local, true)).not.toHaveProperty("signOut");
});
