import { stat } from "node:fs/promises";
import http from "node:http";
import { join, resolve } from "node:path";
import { checksumErrors, combinedDigest } from "../../model/digests.ts";
import { fetchModel } from "../../model/fetch.ts";
import { readModelFolder } from "../../model/folder.ts";
import { MODELS_BY_NAME, type NamedModel, resolveModel } from "../../model/named-models.ts";
import { InputError } from "../../shared/input-error.ts";
import { readConfig } from "../config.ts";
import { asCalled } from "./as-called.ts";
import { counted } from "./counted.ts";
import { shellQuoted } from "./input-options.ts";
import { progressBar } from "./progress.ts";
import { formatBytes, formatTable, paintError, paintSuccess } from "./terminal.ts";

/** A model in the output of `model list --json`. */
export interface ListedModel {
  name: string;
  /** `verified`: all files are here and have the right digests. */
  state: "verified" | "absent" | "damaged";
  /** Problems of its files, unless all of them are missing. */
  problems: string[];
  /** Unknown for a model in the repository whose files cannot be read. */
  version?: string;
  bytes: number;
  folder: string;
  /** `owner/name@revision` on Hugging Face. */
  source?: string;
}

/** `model list`: the models that have a name. */
export async function modelList({ json = false }: { json?: boolean }): Promise<void> {
  const models = await Promise.all([...MODELS_BY_NAME.values()].map(listed));
  if (json) return console.log(JSON.stringify(models));
  const rows = models.map(({ name, state, version, bytes, folder }) => [
    name,
    state === "verified" ? paintSuccess(state) : state === "damaged" ? paintError(state, process.stdout) : state,
    version ?? "",
    formatBytes(bytes),
    folder,
  ]);
  console.log(formatTable(["model", "state", "version", "size", "folder"], rows, { right: [3] }));
  for (const { name, problems } of models)
    for (const problem of problems) console.log(`${name} is damaged: ${problem}`);
  console.log("");
  for (const { name, state, source } of models)
    if (state !== "verified" && source !== undefined)
      console.log(asCalled(`Download ${name}: npm run model -- fetch ${name}`));
  console.log(asCalled("Use a model: MODEL=NAME npm run worker"));
  console.log(asCalled("Measure a model: npm run eval -- --model NAME --input labelled.csv"));
}

async function listed(model: NamedModel): Promise<ListedModel> {
  const { name, folder, source, digests } = model;
  const sizes = await Promise.all([...digests.keys()].map((path) => size(join(folder, path))));
  const problems = await checksumErrors(folder, digests);
  const absent = sizes.every((bytes) => bytes === undefined);
  const read = await readModelFolder(folder, { name, digests }).catch(() => undefined);
  const version = read?.id.split("@")[1] ?? (source && combinedDigest(digests).slice(0, 8));
  return {
    name,
    state: absent ? "absent" : problems.length > 0 ? "damaged" : "verified",
    problems: absent ? [] : problems,
    ...(version !== undefined && { version }),
    bytes: (source?.files.map(({ bytes }) => bytes) ?? sizes.map((bytes) => bytes ?? 0)).reduce((a, b) => a + b, 0),
    folder,
    ...(source !== undefined && { source: `${source.repository}@${source.revision}` }),
  };
}

/** `model fetch`: downloads a model and verifies it. Files that are there already are only verified. */
export async function modelFetch(name: string, { to, json = false }: { to?: string; json?: boolean }): Promise<void> {
  if (to === "") throw new InputError("--to is empty: name a folder");
  const config = readConfig(process.env);
  const model = MODELS_BY_NAME.get(name);
  if (model === undefined) {
    if ((await size(name)) !== undefined || /[\\/]/.test(name))
      throw new InputError(`model fetch takes a model's name; a folder is used as it is: MODEL=${shellQuoted(name)}`);
    throw new InputError(
      `there is no model "${name}"; the models are ${new Intl.ListFormat("en").format(MODELS_BY_NAME.keys())}`,
    );
  }
  if (model.source === undefined) {
    if (to !== undefined) throw new InputError(`${name} is in ${model.folder}: copy it from there`);
    await resolveModel(name);
    const problems = await checksumErrors(model.folder, model.digests);
    if (problems.length > 0) throw new InputError(`${name} in ${model.folder} is damaged: ${problems.join("; ")}`);
    return console.log(
      json
        ? JSON.stringify({ name, folder: model.folder, downloaded: [] })
        : `${name} is part of this program, and verified: ${model.folder}`,
    );
  }
  // HTTP_PROXY, HTTPS_PROXY and NO_PROXY; Node 24.14 and later. Earlier versions need NODE_USE_ENV_PROXY.
  http.setGlobalProxyFromEnv?.();
  const total = model.source.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const bar = progressBar(`fetching ${name}`, total, !json, "bytes");
  const done = await fetchModel(model, {
    to: to === undefined ? undefined : resolve(to),
    mirror: config.MODEL_MIRROR,
    onProgress: (bytes) => bar.update(bytes),
  }).finally(() => bar.stop());
  console.log(
    json
      ? JSON.stringify({ name, ...done })
      : [
          paintSuccess(`${name} is verified: ${done.folder}`),
          `${done.downloaded.length} of ${counted(model.source.files.length, "file")} downloaded`,
          asCalled(`Use it: MODEL=${shellQuoted(to === undefined ? name : done.folder)} npm run worker`),
        ].join("\n"),
  );
}

async function size(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
