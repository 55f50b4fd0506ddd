import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { checksumErrors, type Digests, readDigests, SUMS_FILE } from "../../model/digests.ts";
import { readModelFolder } from "../../model/folder.ts";
import type { ModelId } from "../../model/model-id.ts";
import { readsFewerLanguages, resolveModel, SHIPPED_MODELS } from "../../model/named-models.ts";

/** Files in a model's folder that affect no score. */
const DOCUMENTATION = ["README.md", "reliability.svg", SUMS_FILE];

const LANGUAGE_NAMES = new Intl.DisplayNames("en", { type: "language" });

describe.each(SHIPPED_MODELS)("$name", ({ name, folder, digests }) => {
  it("has the digests of all its files in SHA256SUMS: sha256sum *.json onnx/* > SHA256SUMS", async () => {
    const sums = (await readDigests(folder)) as Digests;
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && !DOCUMENTATION.includes(entry.name))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
    expect([...sums.keys()].toSorted()).toEqual(files.toSorted());
    expect(await checksumErrors(folder, sums)).toEqual([]);
  });

  it("has the same digests in the code", async () => {
    expect(digests).toEqual(await readDigests(folder));
  });

  it("has a card about this version", async () => {
    const { folder: resolved, ...named } = await resolveModel(name);
    const { id } = await readModelFolder(resolved, named);
    expect(id).toMatch(new RegExp(`^${name}@\\d+$`));
    const card = await readFile(join(folder, "README.md"), "utf8");
    expect(/This is\s`(.+?)`:/.exec(card)?.[1]).toBe(id);
  });

  it("has a row in docs/models.md with its labels, languages and size", async () => {
    const { labels, languages = [] } = await readModelFolder(folder, { name, digests });
    const sizes = await Promise.all([...digests.keys()].map(async (path) => (await stat(join(folder, path))).size));
    const megabytes = sizes.reduce((a, b) => a + b, 0) / 1e6;
    const page = await readFile(new URL("../../docs/models.md", import.meta.url), "utf8");
    const link = `| [\`${name}\`](../model/${name}/README.md)`;
    const [, ...cells] =
      page
        .split("\n")
        .find((line) => line.startsWith(link))
        ?.split(" | ") ?? [];
    const named = languages.map((tag) => LANGUAGE_NAMES.of(tag)).toSorted();
    expect(cells.slice(0, 3)).toEqual([labels.join(", "), named.join(", "), `${megabytes.toFixed(1)} MB`]);
  });
});

describe("readsFewerLanguages", () => {
  it.each(["lite@6", "distilbert-sst2@0b6928ef"])("is true for %s", (model) => {
    expect(readsFewerLanguages(model as ModelId)).toBe(true);
  });
  it.each(["lite-multi@3", "happiness@1"])("is false for %s", (model) => {
    expect(readsFewerLanguages(model as ModelId)).toBe(false);
  });
});
