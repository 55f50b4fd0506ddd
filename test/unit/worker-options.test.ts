import { expect, test } from "vitest";
import { workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";

const PUSH = {
  DELIVERY: "push",
  PUSH_AUDIENCE: "https://worker",
  PUSH_SERVICE_ACCOUNT: "push@shop.iam.gserviceaccount.com",
};

test.each([
  // Eventarc's own deadline.
  [{ ...PUSH, ACK_DEADLINE_SECONDS: "10" }, 7_500],
  [PUSH, 45_000],
  [{ ...PUSH, ACK_DEADLINE_SECONDS: "600" }, 45_000],
  // A worker that pulls extends the deadline.
  [{ ACK_DEADLINE_SECONDS: "10" }, 45_000],
])("store retries end before the ack deadline: %o", (env, ms) => {
  expect(workerOptions(readConfig(env)).storeRetryMs).toBe(ms);
});

test("a push is answered before its ack deadline; a worker that pulls may take any time", () => {
  expect(workerOptions(readConfig({ ...PUSH, ACK_DEADLINE_SECONDS: "10" })).settleWithinMs).toBe(9_000);
  expect(workerOptions(readConfig(PUSH)).settleWithinMs).toBe(54_000);
  expect(workerOptions(readConfig({})).settleWithinMs).toBeUndefined();
});
