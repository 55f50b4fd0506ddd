/** Runs the program as Pulumi does: on Node alone, which strips the types. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { REQUIRED } from "./graph.ts";

const run = (config: Record<string, string>, type = "FIRESTORE_NATIVE") =>
  execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import * as pulumi from "@pulumi/pulumi";
       let made = 0;
       await pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name, inputs }) => (made++, { id: name, state: { type: "${type}", ...inputs } }) });
       pulumi.runtime.setAllConfig(${JSON.stringify(config)});
       const { default: program, ...others } = await import("./index.ts");
       if (Object.keys(others).length > 0) throw new Error("Pulumi expects a default export or named exports, not both");
       await pulumi.runtime.runInPulumiStack(async () => program());
       await pulumi.runtime.disconnect();
       console.log(made);`,
    ],
    { cwd: new URL("..", import.meta.url), encoding: "utf8", stdio: "pipe" },
  );

test("it runs on Node alone", () => {
  expect(Number(run(REQUIRED))).toBeGreaterThan(30);
});

test("it reports invalid settings before it creates anything", () => {
  expect(() => run({ ...REQUIRED, "review-sentiment:cpu": "3" })).toThrow(
    /review-sentiment:cpu is "3"; set it to 1, 2, 4, 6 or 8/,
  );
});

test("it refuses a database that the worker cannot use before it creates anything that needs one", () => {
  expect(() => run(REQUIRED, "DATASTORE_MODE")).toThrow(/a database in Datastore mode; set it to one in native mode/);
});
