import { stat } from "node:fs/promises";
import http from "node:http";
import { join, resolve } from "node:path";
import Table from "cli-table3";
import { wrongFiles } from "../../model/digests.ts";
import { fetchModel } from "../../model/fetch.ts";
import { readModelFolder } from "../../model/folder.ts";
import { digestsOf, MODELS_BY_NAME, type RegisteredModel } from "../../model/named-models.ts";
import { InputError } from "../../shared/reviews-file.ts";
import { readConfig } from "../config.ts";
import { progressBar } from "./progress.ts";

/** What `model list --json` says of a model. */
export interface ListedModel {
  name: string;
  /** `verified`: all files are here, with the digests that they have to have. */
  state: "verified" | "absent" | "damaged";
  /** What is wrong with its files, unless all of them are missing. */
  problems: string[];
  /** Only known of a model in the repository once it can be read. */
  version?: string;
  bytes: number;
  /** Whether a text's score depends on what shares its batch, unless `BATCHING` is `exact`, which `auto` makes it then. */
  dependsOnBatch: boolean;
  folder: string;
  /** `owner/name@revision` on Hugging Face. */
  source?: string;
}

/** `model list`: the models that have a name. */
export async function modelList({ json = false }: { json?: boolean }): Promise<void> {
  const models = await Promise.all([...MODELS_BY_NAME.values()].map(listed));
  if (json) return console.log(JSON.stringify(models));
  const table = new Table({
    head: ["model", "state", "version", "size", "scores", "folder"],
    style: { head: [], border: [] },
  });
  for (const { name, state, version, bytes, dependsOnBatch, folder } of models) {
    const scores = dependsOnBatch ? "would depend on batch-mates: classified one by one" : "the same in any batch";
    table.push([name, state, version ?? "", megabytes(bytes), scores, folder]);
  }
  console.log(table.toString());
  for (const { name, state, problems } of models) {
    if (state === "absent") console.log(`To have ${name}: npm run model -- fetch ${name}`);
    for (const problem of problems) console.log(`${name} is damaged: ${problem}`);
  }
}

async function listed(model: RegisteredModel): Promise<ListedModel> {
  const { name, folder, source, dependsOnBatch } = model;
  const digests = await digestsOf(model);
  const sizes = await Promise.all([...digests.keys()].map((path) => size(join(folder, path))));
  const problems = await wrongFiles(folder, digests);
  const absent = sizes.every((bytes) => bytes === undefined);
  const weights = source?.files.find(({ path }) => path.endsWith(".onnx"))?.sha256.slice(0, 8);
  const version = weights ?? (await readModelFolder(folder, name).catch(() => undefined))?.id.split("@")[1];
  return {
    name,
    state: absent ? "absent" : problems.length > 0 ? "damaged" : "verified",
    problems: absent ? [] : problems,
    ...(version !== undefined && { version }),
    bytes: (source?.files.map(({ bytes }) => bytes) ?? sizes.map((bytes) => bytes ?? 0)).reduce((a, b) => a + b, 0),
    dependsOnBatch,
    folder,
    ...(source !== undefined && { source: `${source.repository}@${source.revision}` }),
  };
}

/** `model fetch`: downloads and verifies one; only verifies what is there already. */
export async function modelFetch(name: string, { to, json = false }: { to?: string; json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const model = MODELS_BY_NAME.get(name);
  if (model === undefined) {
    throw new InputError(`there is no model "${name}"; the models are ${[...MODELS_BY_NAME.keys()].join(" and ")}`);
  }
  if (model.source === undefined) {
    if (to !== undefined) throw new InputError(`${name} is in ${model.folder}: copy it from there`);
    const problems = await wrongFiles(model.folder, await digestsOf(model));
    if (problems.length > 0) throw new InputError(`${name} in ${model.folder} is damaged: ${problems.join("; ")}`);
    return console.log(
      json
        ? JSON.stringify({ name, folder: model.folder, downloaded: [] })
        : `${name} is part of this program, and verified: ${model.folder}`,
    );
  }
  // HTTP_PROXY, HTTPS_PROXY and NO_PROXY; Node 24.14 and later.
  http.setGlobalProxyFromEnv?.();
  const total = model.source.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const bar = progressBar(`fetching ${name} (bytes)`, total, !json);
  const done = await fetchModel(model, {
    to: to === undefined ? undefined : resolve(to),
    mirror: config.MODEL_MIRROR,
    onProgress: (bytes) => bar.update(bytes),
  }).finally(() => bar.stop());
  console.log(
    json
      ? JSON.stringify({ name, ...done })
      : `${name} is verified, ${done.downloaded.length} of ${model.source.files.length} files downloaded: ${done.folder}`,
  );
}

async function size(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
