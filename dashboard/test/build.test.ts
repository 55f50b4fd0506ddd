import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("processes build one after another, also if one of them was killed while it did", async () => {
  const [lock, log] = [join(folder, "lock"), join(folder, "log")];
  const { stdout: ended } = await promisify(execFile)(process.execPath, ["-p", "process.pid"]);
  await writeFile(lock, ended.trim());
  const script = join(folder, "script.ts");
  await writeFile(
    script,
    `import { appendFileSync } from "node:fs";
     import { exclusively } from ${JSON.stringify(new URL("../build.ts", import.meta.url).href)};
     exclusively(${JSON.stringify(lock)}, () => {
       appendFileSync(${JSON.stringify(log)}, "begin\\n");
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
       appendFileSync(${JSON.stringify(log)}, "end\\n");
     });`,
  );
  await Promise.all(Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, [script])));
  expect(await readFile(log, "utf8")).toBe("begin\nend\n".repeat(3));
  expect((await readdir(folder)).toSorted()).toEqual(["log", "script.ts"]);
});
