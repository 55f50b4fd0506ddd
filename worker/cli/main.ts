#!/usr/bin/env node
/** Entry of the command line: runs the program and turns errors into messages and exit codes. */
import { ExplainedError } from "../../shared/explained-error.ts";
import { InputError } from "../../shared/input-error.ts";
import { normaliseEmulatorHosts } from "./emulator-hosts.ts";
import { printableLines } from "./printable.ts";
import { createProgram, swallowedOptions } from "./program.ts";
import { paintError } from "./terminal.ts";

/** The reader has gone, as `head` does when it has enough. That is no failure. */
const isBrokenPipe = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EPIPE";

/** How long a command that is done may take to exit. */
const EXIT_MS = 3_000;

/** Output that could not be written, for example on a full disk. */
let unwritten: Error | undefined;
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error) => {
    // The command ends in order: exiting here would abort inference threads that are running.
    if (isBrokenPipe(error) || unwritten !== undefined) return;
    unwritten = error;
    process.exitCode = 1;
    console.error(`review-sentiment: the output could not be written: ${error.message}`);
  });

// Google's client warns of a network without a metadata server. The preflight then says in a sentence what is missing.
const printWarning = process.listeners("warning");
process.removeAllListeners("warning").on("warning", (warning) => {
  if (warning.name !== "MetadataLookupWarning") for (const print of printWarning) print(warning);
});

/** Not even imported unless a variable of OpenTelemetry's is set. */
const telemetry =
  Object.keys(process.env).some((name) => name.startsWith("OTEL_")) && process.env.OTEL_SDK_DISABLED !== "true"
    ? new (await import("../telemetry.ts")).Telemetry(process.env)
    : undefined;

try {
  const args = process.argv.slice(2);
  normaliseEmulatorHosts(process.env);
  const program = createProgram(telemetry);
  const [swallowed] = swallowedOptions(program, args, process.env);
  if (swallowed !== undefined)
    throw new InputError(
      `npm took ${swallowed} for itself: put -- before the options, as in npm run ${args[0] ?? "demo"} -- ${swallowed}`,
    );
  await program.parseAsync();
} catch (error) {
  if (!isBrokenPipe(error) && error !== unwritten) await report(error);
}
if (unwritten !== undefined) process.exitCode = 1;
await telemetry?.stop();
// A client whose server does not answer would keep the process for minutes. An inference thread gets this long to end: an exit before
// that aborts the process.
setTimeout(() => process.exit(), EXIT_MS).unref();

async function report(error: unknown): Promise<void> {
  const text =
    error instanceof ExplainedError
      ? `review-sentiment: ${error.message}`
      : (await import("../log.ts")).withoutRequest(error as Error).stack;
  // Cloud Run makes an entry of each line of standard error, without a severity, unless the line is JSON such as this.
  const onCloudRun = ["K_SERVICE", "CLOUD_RUN_WORKER_POOL", "CLOUD_RUN_JOB"].some((name) => process.env[name]);
  console.error(
    onCloudRun ? JSON.stringify({ severity: "CRITICAL", message: text }) : paintError(printableLines(String(text))),
  );
  process.exitCode = error instanceof ExplainedError ? error.exitCode : 1;
}
