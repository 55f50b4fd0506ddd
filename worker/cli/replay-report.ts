import Table from "cli-table3";
import { InputError, openReviewsFile } from "../../shared/reviews-file.ts";
import { StoreError } from "../../shared/store.ts";
import { readConfig } from "../config.ts";
import { type LabelChanges, labelChanges } from "../replay/label-changes.ts";
import { modelId, openConfigured } from "./backend.ts";
import { progressBar } from "./progress.ts";

/** Of the options of `replay`, these can be said together. */
export interface ReplayReportOptions {
  report: string;
  limit?: number;
  json?: boolean;
}

/** Changed labels that are listed where nothing is said. */
const EXAMPLES = 20;

/** `replay --report`: which labels changed since `--record`. Exits 1 while reviews still wait for their new label. */
export async function replayReport(options: ReplayReportOptions): Promise<void> {
  const { report, limit = EXAMPLES, json = false, ...others } = options;
  if (Object.keys(others).length > 0)
    throw new InputError("--report compares what was recorded: only --limit and --json can be said beside it");
  const config = readConfig(process.env);
  const file = await openReviewsFile(report);
  const model = await modelId(config);
  const backend = await openConfigured(config);
  const bar = progressBar("comparing (bytes)", file.bytes, !json);
  let found: LabelChanges;
  try {
    const progress = () => bar.update(file.bytesRead());
    found = await labelChanges(file.rows(), backend.store, { model, examples: limit, progress });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    console.error(`review-sentiment: ${error.message}\nThe report reads only: ask for it again`);
    process.exitCode = 1;
    return;
  } finally {
    bar.stop();
    await backend.close();
  }
  console.log(json ? JSON.stringify({ model, ...found }) : describe(found, model));
  if (found.waiting > 0) process.exitCode = 1;
}

function describe(found: LabelChanges, model: string): string {
  const { changed, same, edited, unknown, added, failed, deleted, waiting } = found;
  const compared = changed + same;
  const share = compared === 0 ? "" : ` (${((100 * changed) / compared).toFixed(1)} %)`;
  const others = Object.entries({
    "labelled for the first time": added,
    "edited meanwhile": edited,
    "without the hash of a text, which may have been edited": unknown,
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
