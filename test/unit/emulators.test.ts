import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findEmulators, startEmulators } from "../../shared/backends/emulators.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloud-sdk-"));
});
afterEach(() => rm(folder, { recursive: true }));

const FIRESTORE = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const PUBSUB = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-1.2.3-all.jar";

/** Creates files in the Cloud SDK's folder. */
async function install(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), "");
  }
}

/** A Java that only prints its version; returns its JAVA_HOME. */
async function java(says: string): Promise<string> {
  const home = join(folder, "java");
  await mkdir(join(home, "bin"), { recursive: true });
  await writeFile(join(home, "bin/java"), `#!/bin/sh\necho '${says}' >&2\n`);
  await chmod(join(home, "bin/java"), 0o755);
  return home;
}

const find = async (says = 'openjdk version "17.0.15" 2025-04-15') =>
  findEmulators({ CLOUDSDK_ROOT_DIR: folder, JAVA_HOME: await java(says) });

describe("emulators", () => {
  test("are found in an installed Cloud SDK", async () => {
    await install(FIRESTORE, PUBSUB);
    expect(await find()).toEqual({
      java: join(folder, "java/bin/java"),
      firestore: join(folder, FIRESTORE),
      pubsub: join(folder, PUBSUB),
    });
  });

  test.each([
    ["neither is", []],
    ["Firestore's is not", [PUBSUB]],
    ["Pub/Sub's is not", [FIRESTORE]],
  ])("are missing if %s installed; the result says how to install them", async (_, files) => {
    await install("platform/bundled", ...files);
    expect(await find()).toContain("gcloud components install cloud-firestore-emulator pubsub-emulator");
    expect(await find()).toContain(folder);
  });

  test("are found without JAVA_HOME and CLOUDSDK_ROOT_DIR, also if these are empty", async () => {
    const JAVA_HOME = await java('openjdk version "17.0.15" 2025-04-15');
    await install("google-cloud-sdk/bin/gcloud", `google-cloud-sdk/${FIRESTORE}`, `google-cloud-sdk/${PUBSUB}`);
    vi.stubEnv("PATH", `${JAVA_HOME}/bin${delimiter}${process.env.PATH}`);
    const env = { PATH: join(folder, "google-cloud-sdk/bin"), JAVA_HOME: "", CLOUDSDK_ROOT_DIR: "" };
    expect(await findEmulators(env)).toMatchObject({ java: "java" });
  });

  test("need Java", async () => {
    await install(FIRESTORE, PUBSUB);
    expect(await findEmulators({ CLOUDSDK_ROOT_DIR: folder, JAVA_HOME: join(folder, "nothing") })).toMatch(
      /^there is no Java .*: install version 11/,
    );
  });

  test.each(["1.8.0_402", "8", "10.0.2"])("are not usable with an old Java: %s", async (version) => {
    await install(FIRESTORE, PUBSUB);
    expect(await find(`java version "${version}"`)).toMatch(/^Java 11 or newer is needed, and .* is (8|10)$/);
  });

  test.each(["11", "11.0.2", "21-ea", "25"])("are found with Java %s", async (version) => {
    await install(FIRESTORE, PUBSUB);
    expect(await find(`openjdk version "${version}"`)).toHaveProperty("java");
  });
});

test("if an emulator does not start, the error contains its output", async () => {
  const home = await java("the jar is damaged");
  const jars = { java: join(home, "bin/java"), firestore: "firestore.jar", pubsub: "pubsub.jar" };
  await expect(startEmulators(jars)).rejects.toThrow(/emulator did not start:\n(.*\n)*the jar is damaged/);
});
