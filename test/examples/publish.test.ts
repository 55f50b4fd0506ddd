/** The examples that publish a review, each as the program that an application would copy. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
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

  it("over HTTP gets its label, as the page says, and keeps it if the request is repeated", async ({ skip }) => {
    await curl().catch((error: Error) => {
      if (process.env.CI) throw error;
      console.warn(`\n  SKIPPED: the example over HTTP, because ${error.message}\n`);
      return skip();
    });
    const page = await readFile(join(EXAMPLES, "publish-rest/README.md"), "utf8");
    const [emulators = "", , request = ""] = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => code);
    const publish = () => output("bash", ["-c", emulators + request], { env: project.env });
    expect(await publish()).toContain("messageIds");
    const result = await project.result("reviews/order-1042");
    expect(result).toMatchObject({ label: "NEGATIVE" });
    await publish();
    expect(await project.result("reviews/order-1042")).toEqual(result);
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

/** @throws {Error} that says why there is no curl */
async function curl(): Promise<void> {
  if (process.env.PATH?.split(delimiter).some((folder) => existsSync(join(folder, "curl")))) return;
  await installPackage("curl", new Error("curl is not installed"));
}

/** Installs a package of Debian, if that is possible here. @throws {Error} the given one otherwise */
async function installPackage(name: string, error: Error): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw error;
  await output("apt-get", ["update", "-qq"]);
  await output("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name]);
}

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
        await installPackage("python3-pip", error);
        await install();
      });
      return clients(installed);
    });
}
