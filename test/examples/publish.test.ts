/** The examples that publish a review, each as the program that an application would copy. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emulatorEnv } from "../backends.ts";
import { EXAMPLES, ExampleProject, output } from "./worker.ts";

const PUBLISHED = /^(reviews\/\w+) stored and published\n$/;

describe.skipIf(emulatorEnv() === undefined)("a review published by an example", { timeout: 180_000 }, () => {
  let project: ExampleProject;
  beforeAll(async () => {
    project = await ExampleProject.open({});
  });
  afterAll(() => project?.close());

  it("from Node gets its label", async () => {
    const args = [join(EXAMPLES, "publish-node/publish.mjs"), "Broke after a day. Terrible."];
    const [, path] = PUBLISHED.exec(await output(process.execPath, args, { env: project.env })) ?? [];
    expect(await project.result(path as string)).toMatchObject({ label: "NEGATIVE", score: expect.any(Number) });
  });

  it("from Python gets its label", async ({ skip }) => {
    const clients = await pythonWithClients().catch((error: Error) => {
      if (process.env.CI) throw error;
      console.warn(`\n  SKIPPED: the Python example, because ${error.message}\n`);
      return skip();
    });
    const args = [join(EXAMPLES, "publish-python/publish.py"), "Wonderful, I love it. Works perfectly."];
    const [, path] = PUBLISHED.exec(await output("python3", args, { env: { ...project.env, ...clients } })) ?? [];
    expect(await project.result(path as string)).toMatchObject({ label: "POSITIVE", score: expect.any(Number) });
  });
});

/**
 * A Python that has Google's clients: the one on the PATH has them, or they are installed into a folder for it.
 * @throws {Error} that says why there is none
 */
async function pythonWithClients(): Promise<Record<string, string>> {
  const folder = fileURLToPath(new URL("../output/python/", import.meta.url));
  const clients = async (env: Record<string, string>) => {
    await output("python3", ["-c", "import google.cloud.firestore, google.cloud.pubsub_v1"], { env });
    return env;
  };
  const installed = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
  const requirements = join(EXAMPLES, "publish-python/requirements.txt");
  const install = () =>
    output("python3", [..."-m pip install --quiet --no-compile --target".split(" "), folder, "-r", requirements]);
  return clients({})
    .catch(() => clients(installed))
    .catch(async () => {
      await install().catch(async (error: Error) => {
        // Debian has pip in a package of its own.
        if (!/No module named pip|not found|ENOENT/.test(error.message)) throw error;
        if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw error;
        await output("apt-get", ["update", "-qq"]);
        await output("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "python3-pip"]);
        await install();
      });
      return clients(installed);
    });
}
