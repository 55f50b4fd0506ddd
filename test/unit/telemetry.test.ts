import { expect, test } from "vitest";
import { Telemetry } from "../../worker/telemetry.ts";

test.each(["-5", "0", "often", ""])("an interval of metrics that is not valid is ignored: %j", async (interval) => {
  const telemetry = new Telemetry({ OTEL_METRIC_EXPORT_INTERVAL: interval });
  await expect(telemetry.stop()).resolves.toBeUndefined();
});
