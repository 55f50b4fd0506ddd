import { languageHint } from "../../model/named-models.ts";
import { openReviewsFile } from "../../shared/reviews-file.ts";
import { StoreError } from "../../shared/store.ts";
import { readConfig } from "../config.ts";
import { type LabelChanges, labelChanges } from "../replay/label-changes.ts";
import { type ConfiguredBackend, readModel } from "./backend.ts";
import { counted } from "./counted.ts";
import { openStore } from "./preflight.ts";
import { printable } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { formatCount, formatTable, paintLabel } from "./terminal.ts";

export interface ReplayReportOptions {
  limit?: number;
  json?: boolean;
}

/** Changed labels that are listed by default. */
const EXAMPLES = 20;

/** `replay report`: prints which labels changed since `replay --record`. Exits 1 while reviews wait for their new label. */
export async function replayReport(
  path: string,
  { limit = EXAMPLES, json = false }: ReplayReportOptions,
): Promise<void> {
  const config = readConfig(process.env);
  const file = await openReviewsFile(path);
  const { id: model } = await readModel(config);
  let backend: ConfiguredBackend | undefined;
  const bar = progressBar("comparing", file.bytes, !json, "bytes");
  let found: LabelChanges;
  try {
    backend = await openStore(config);
    const progress = () => bar.update(file.bytesRead());
    found = await labelChanges(file, backend.store, {
      reviewsPath: config.REVIEWS_PATH,
      model,
      examples: limit,
      progress,
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    console.error(`review-sentiment: ${error.message}\nNothing was changed: run the report again`);
    process.exitCode = 1;
    return;
  } finally {
    bar.stop();
    await backend?.close();
  }
  console.log(json ? JSON.stringify(found) : describeChanges(found));
  if (found.waiting > 0) process.exitCode = 1;
}

/** The changes as people read them; nothing in them can act on a terminal. */
export function describeChanges(found: LabelChanges): string {
  const {
    model,
    modelRecorded,
    otherModels,
    changed,
    lost,
    lostBecause,
    same,
    edited,
    unknown,
    added,
    failed,
    failedBecause,
    deleted,
    waiting,
  } = found;
  const compared = changed + same;
  const share = compared === 0 ? "" : ` (${((100 * changed) / compared).toFixed(1)} %)`;
  const others = Object.entries({
    [`lost their label (${byCode(lostBecause)})`]: lost,
    "labelled for the first time": added,
    "edited meanwhile": edited,
    "labelled by something else, which left no text hash to compare": unknown,
    [`without a label before and after (${byCode(failedBecause)})`]: failed,
    deleted,
    "still waiting": waiting,
  }).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  const rows = found.examples.map(({ path, from, to, score }) => [
    printable(path),
    paintLabel(printable(from)),
    paintLabel(printable(to)),
    score?.toFixed(3) ?? "",
  ]);
  const table = formatTable(["review", "was", "is", "score"], rows, { flexible: 0, right: [3] });
  return [
    `${counted(found.reviews, "review")}: ${[`${compared - lost} labelled by ${model}`, ...others].join(", ")}`,
    `${counted(changed, "label")} changed${share}`,
    ...Object.entries(found.changes).map(([change, count]) => `  ${printable(change)}: ${count}`),
    ...(found.examples.length > 0 ? [table] : []),
    ...(modelRecorded || compared === 0
      ? []
      : [
          `If ${model} had labelled some of these reviews before, this report cannot tell whether they are relabelled yet`,
        ]),
    ...Object.entries(otherModels).map(([other, count]) => {
      const name = printable(other);
      return modelRecorded
        ? `${name} has labelled ${formatCount(count)} of these reviews since: do all workers have the same MODEL?`
        : `MODEL is ${model}, but ${name} has labelled ${formatCount(count)} of these reviews since: set MODEL to the model of the workers`;
    }),
    ...(lostBecause["language-unsupported"] === undefined ? [] : [languageHint(model)]),
  ].join("\n");
}

function byCode(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([code, count]) => `${printable(code)} ${count}`)
    .join(", ");
}
