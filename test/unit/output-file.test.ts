import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openOutputFile } from "../../worker/cli/output-file.ts";

test("a file that is being written has an unpredictable name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "output-"));
  for (let i = 0; i < 2; i++) await openOutputFile(join(folder, "a.jsonl"), []);
  const names = await readdir(folder);
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^\.a\.jsonl\.[0-9a-f]{16}\.partial$/);
  await rm(folder, { recursive: true });
});

test("the input, a folder, and a folder that does not exist are refused, and left as they are", async () => {
  const folder = await mkdtemp(join(tmpdir(), "output-"));
  const input = join(folder, "in.jsonl");
  await writeFile(input, "x");
  await mkdir(join(folder, "sub"));
  const refused = async (name: string, message: string): Promise<void> =>
    await expect(openOutputFile(join(folder, name), [input])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  await refused("in.jsonl", "is the input: name another file");
  await refused("nowhere/out.jsonl", `there is no folder ${join(folder, "nowhere")}`);
  await refused("sub", "sub is a folder; name a file");
  await refused("new/", "new/ is a folder; name a file");
  expect((await readdir(folder)).toSorted()).toEqual(["in.jsonl", "sub"]);
  await rm(folder, { recursive: true });
});

test.skipIf(!existsSync("/dev/full"))("a full disk is named with the file, and is no fault of the input", async () => {
  async function* lines() {
    yield "a\n".repeat(100_000);
  }
  const { write } = await openOutputFile("/dev/full", []);
  await expect(write(lines())).rejects.toMatchObject({
    exitCode: 1,
    message: "--output /dev/full could not be written: no space left on device",
  });
});

test.skipIf(process.getuid?.() !== 0)(
  "a folder where the user may not write is refused before any work is done",
  () => {
    const script = `
    const { requireFileName } = await import("./worker/cli/output-file.ts");
    process.setuid(65534);
    await requireFileName("/dev/null", "--errors");
    await requireFileName("/usr/errors.csv", "--errors").catch(({ message }) => console.log(message));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(stdout).toBe("--errors /usr/errors.csv cannot be written: permission denied\n");
  },
);
