/** Examines a deployment. Everything is only read, but for the {@link probe}. */
import type { GoogleApi } from "../../shared/backends/google-api.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { checkEvents } from "./event-checks.ts";
import { type Probe, type ProbeOptions, probe } from "./probe.ts";
import { checkQueue } from "./queue-checks.ts";
import { type Finding, Report, type Target, type Unchecked } from "./report.ts";
import { checkConfiguration, checkGrants, checkPushes, findService } from "./service-checks.ts";
import { checkStore } from "./store-checks.ts";

export interface Diagnosis {
  findings: readonly Finding[];
  /** Parts that could not be examined: there may be undetected faults. */
  unchecked: readonly Unchecked[];
  checked: readonly string[];
  /** `undefined` if none was published. */
  probe: Probe | undefined;
}

export async function examine(
  parts: { api: GoogleApi; store: Pick<ReviewStore, "page"> },
  target: Target,
  /** `undefined` publishes no probe. */
  options: ProbeOptions | undefined,
): Promise<Diagnosis> {
  const report = new Report();
  const examination = { api: parts.api, target, report };
  const subscription = await checkQueue(examination);
  const database = await checkStore(examination, parts.store);
  const service = await findService(examination, subscription);
  if (service !== undefined) {
    checkConfiguration(examination, service, database);
    if (subscription !== undefined) checkPushes(examination, subscription, service, "push");
  }
  const events = await checkEvents(examination, service, database);
  await checkGrants(examination, subscription, events, service);
  const result = options === undefined ? undefined : await probe(examination, service, options);
  const { findings, unchecked, checked } = report;
  return { findings, unchecked, checked, probe: result };
}
