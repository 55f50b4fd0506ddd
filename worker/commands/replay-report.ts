import Table from "cli-table3";
import { InputError, openReviewsFile } from "../../shared/reviews-file.ts";
import { readConfig } from "../config.ts";
import { type LabelChanges, labelChanges } from "../label-changes.ts";
import { modelId, openConfigured } from "./backend.ts";
import { progressBar } from "./progress.ts";
import type { ReplayOptions } from "./replay.ts";

/** Of {@link ReplayOptions}, these can be said together. */
export interface ReplayReportOptions {
  report: string;
  limit?: number;
  json?: boolean;
}

/** Changed labels that are listed where nothing is said. */
const EXAMPLES = 20;

/** `replay --report`: which labels changed since `--record`. Exits 1 while reviews still wait for their new label. */
export async function replayReport(options: ReplayReportOptions & Pick<ReplayOptions, "where">): Promise<void> {
  const { report, limit = EXAMPLES, json = false, where, ...others } = options;
  if (where.length > 0 || Object.keys(others).length > 0)
    throw new InputError("--report compares what was recorded: only --limit and --json can be said beside it");
  const config = readConfig(process.env);
  const file = await openReviewsFile(report);
  const model = await modelId(config);
  const backend = await openConfigured(config);
  const bar = progressBar("comparing (bytes)", file.bytes, !json);
  const found = await labelChanges(file.rows(), backend.store, {
    model,
    examples: limit,
    progress: () => bar.update(file.bytesRead()),
  }).finally(async () => {
    bar.stop();
    await backend.close();
  });
  console.log(json ? JSON.stringify({ model, ...found }) : describe(found, model));
  if (found.waiting > 0) process.exitCode = 1;
}

function describe(found: LabelChanges, model: string): string {
  const { changed, same, edited, added, failed, deleted, waiting } = found;
  const compared = changed + same;
  const share = compared === 0 ? "" : ` (${((100 * changed) / compared).toFixed(1)} %)`;
  const others = Object.entries({
    "labelled for the first time": added,
    "edited meanwhile": edited,
    "without a usable text": failed,
    deleted,
    "still waiting": waiting,
  }).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  const table = new Table({ head: ["review", "was", "is", "score"], style: { head: [], border: [] } });
  table.push(...found.examples.map(({ path, from, to, score }) => [path, from, to, score.toFixed(3)]));
  return [
    `${found.reviews} reviews: ${[`${compared} labelled again by ${model}`, ...others].join(", ")}`,
    `${changed} labels changed${share}`,
    ...Object.entries(found.changes).map(([change, count]) => `  ${change}: ${count}`),
    ...(found.examples.length > 0 ? [table.toString()] : []),
  ].join("\n");
}
