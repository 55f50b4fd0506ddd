import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emulatorEnv } from "../backends.ts";
import { writeRandomDistilBert } from "../distilbert.ts";
import { EXAMPLES, ExampleProject, output } from "./worker.ts";

describe.skipIf(emulatorEnv() === undefined)("a worker with a model folder of its own", { timeout: 120_000 }, () => {
  let folder: string;
  let project: ExampleProject;
  beforeAll(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "own-model-")), "happiness");
    await writeRandomDistilBert(folder, 1);
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    const own = { ...config, id2label: { 0: "unhappy", 1: "happy" }, version: "7" };
    await writeFile(join(folder, "config.json"), JSON.stringify(own));
    project = await ExampleProject.open({ MODEL: folder });
  });
  afterAll(async () => {
    await project?.close();
    await rm(join(folder, ".."), { recursive: true });
  });

  it("writes the folder's labels, under the folder's name and version", async () => {
    const args = [join(EXAMPLES, "publish-node/publish.mjs"), "Broke after a day."];
    const [path] = (await output(process.execPath, args, { env: project.env })).split(" ");
    expect(await project.result(path as string)).toMatchObject({
      label: expect.stringMatching(/^(un)?happy$/),
      model: "happiness@7",
    });
  });
});
