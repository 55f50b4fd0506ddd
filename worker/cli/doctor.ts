import { randomBytes } from "node:crypto";
import { googleApi } from "../../shared/backends/google-api.ts";
import { readConfig } from "../config.ts";
import { type Diagnosis, examine } from "../doctor/doctor.ts";
import { connectConfigured, EMULATOR_PROJECT } from "./backend.ts";
import { counted } from "./counted.ts";
import { preflight } from "./preflight.ts";
import { printable } from "./printable.ts";
import { paintError, paintFaint, paintSuccess, paintWarning } from "./terminal.ts";

export interface DoctorOptions {
  project?: string;
  /** `false` with `--no-probe`. */
  probe: boolean;
  /** In seconds. */
  wait: number;
  json?: boolean;
}

/** Exit code if nothing was found, but not everything could be examined. */
const INCOMPLETE = 3;

/** `doctor`: says what is wrong with a deployment. Exits 1 if it has found something. */
export async function doctor({ project: asked, probe, wait, json = false }: DoctorOptions): Promise<void> {
  const env = asked === undefined ? process.env : { ...process.env, GOOGLE_CLOUD_PROJECT: asked };
  // The worker's own settings need not be set here.
  const config = readConfig({ ...env, DELIVERY: "pull" });
  await preflight(config);
  const { PUBSUB_EMULATOR_HOST: pubsub, FIRESTORE_EMULATOR_HOST: firestore } = process.env;
  const isEmulator = Boolean(pubsub);
  const { store, queue } = await connectConfigured(config);
  const project = config.GOOGLE_CLOUD_PROJECT ?? (isEmulator ? EMULATOR_PROJECT : await queue.projectId());
  const target = {
    project,
    database: config.FIRESTORE_DATABASE,
    topic: config.PUBSUB_TOPIC,
    subscription: config.PUBSUB_SUBSCRIPTION,
    deadLetterTopic: config.DEAD_LETTER_TOPIC,
    deadLetterSubscription: config.DEAD_LETTER_SUBSCRIPTION ?? config.DEAD_LETTER_TOPIC,
    reviewsPath: config.REVIEWS_PATH,
    resultField: config.RESULT_FIELD,
    isEmulator,
  };
  if (!json && probe && !isEmulator)
    console.error(`review-sentiment: examining ${project}; the probe message may take up to ${wait} s`);
  const api = googleApi({ ...(pubsub && { pubsub }), ...(firestore && { firestore }) });
  const options = probe ? { id: randomBytes(6).toString("hex"), waitMs: wait * 1_000 } : undefined;
  const diagnosis = await examine({ api, store }, target, options);
  const { findings, unchecked } = diagnosis;
  console.log(json ? JSON.stringify({ project, ...diagnosis }) : describe(project, diagnosis));
  process.exitCode = findings.length > 0 ? 1 : unchecked.length > 0 ? INCOMPLETE : 0;
  // Open connections would keep the process for a while.
  process.exit();
}

function describe(project: string, { findings, unchecked, checked, probe }: Diagnosis): string {
  const lines: string[] = [];
  for (const { code, problem, fix } of findings)
    lines.push(
      `${paintError("✗", process.stdout)} ${printable(problem)} ${paintFaint(`(${code})`)}`,
      `    ${printable(fix)}`,
    );
  for (const { check, why } of unchecked)
    lines.push(`${paintWarning("?", process.stdout)} could not check ${printable(check)}: ${printable(why)}`);
  if (probe?.outcome === "taken") lines.push(`${paintSuccess("✓")} a worker has taken the probe message`);
  const summary =
    findings.length === 0
      ? `${project}: no fault found in ${checked.join(", ")}`
      : `${project}: ${counted(findings.length, "fault")} found`;
  return [...lines, summary].join("\n");
}
