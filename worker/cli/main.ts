#!/usr/bin/env node
/** The command line: `review-sentiment COMMAND`. Each command is a file in `commands/`, loaded when it is called. */
import { Command, InvalidArgumentError, Option } from "commander";
import { ModelFetchError } from "../../model/fetch.ts";
import { ModelFolderError } from "../../model/folder.ts";
import { InputError } from "../../shared/reviews-file.ts";
import { ConfigError } from "../config.ts";
import { REASONS } from "../replay/redrive.ts";

/** What was asked for is wrong: the message says what to do, and a stack trace would say nothing more. */
const MISTAKES = [ConfigError, InputError, ModelFolderError];

const wholeNumber = (value: string): number => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
};

/** Off, and not even imported, unless a variable of OpenTelemetry's is set. */
const telemetry =
  Object.keys(process.env).some((name) => name.startsWith("OTEL_")) && process.env.OTEL_SDK_DISABLED !== "true"
    ? new (await import("../telemetry.ts")).Telemetry(process.env)
    : undefined;

const positiveNumber = (value: string): number => {
  if (wholeNumber(value) === 0) throw new InvalidArgumentError("It must be more than 0.");
  return Number(value);
};

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const portNumber = (value: string): number => {
  if (wholeNumber(value) > 65_535) throw new InvalidArgumentError("It must be 65535 at most.");
  return Number(value);
};

const dashboardPort = (): Option =>
  new Option("-p, --port <number>", "of the dashboard").argParser(portNumber).default(0, "any free one");

const program = new Command("review-sentiment")
  .description("Tags customer reviews with their sentiment: messages from Pub/Sub in, labels into Firestore out.")
  .addHelpText("after", "\nConfiguration is by environment variables; the README lists them.")
  .showHelpAfterError()
  // Options that follow the name of a command are that command's, also where its parent has one of the same name.
  .enablePositionalOptions()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("worker")
  .description("take messages and label their reviews until stopped (SIGTERM or SIGINT)")
  .action(async () => (await import("./worker.ts")).worker(telemetry));

program
  .command("demo")
  .description("the whole job on this machine: store and publish reviews, run the worker, show the labels arriving")
  .option("-i, --input <file>", "reviews: JSON lines or CSV with a header, also .gz (default: samples)")
  .addOption(
    new Option("-b, --backend <backend>", "where it runs; auto takes Google's emulators if they are installed")
      .choices(["auto", "emulator", "memory"])
      .default("auto"),
  )
  .option("-n, --rows <number>", "reviews to show in the table", wholeNumber, 20)
  .option("--dashboard", "let the reviews come slowly and show them in the browser, until Ctrl-C")
  .addOption(dashboardPort())
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./demo.ts")).demo(options));

program
  .command("dashboard")
  .description("open the dashboard on Google's emulators with the demo's reviews, until Ctrl-C")
  .addOption(dashboardPort())
  .action(async (options) => (await import("./dashboard.ts")).dashboard(options));

program
  .command("publish")
  .description("store reviews from a file and publish them, or publish stored ones by their paths")
  .argument("[path...]", "documents, for example reviews/abc")
  .option("-i, --input <file>", "reviews to store and publish: JSON lines or CSV with a header, also .gz")
  .option("--force", "classify even if neither text nor model changed")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (paths, options) => (await import("./publish.ts")).publish(paths, options));

const replay = program
  .command("replay")
  .description("publish stored reviews again: all of them, or those that the options select")
  .enablePositionalOptions()
  .option(
    "-w, --where <condition>",
    "only where a field has a value: FIELD==VALUE, or <, <=, >, >=; repeatable",
    collect,
  )
  .option("--since <time>", "only documents written since: 2025-01-31T12:00:00Z, 2025-01-31, or 90m, 12h, 7d ago")
  .option("--unlabelled", "reviews without a result; with --failed and --other-model, those too")
  .option("--failed", "reviews whose result is an error")
  .option("--other-model", "reviews labelled by another model than MODEL")
  .option("--force", "classify even if neither text nor model changed")
  .option("-n, --limit <number>", "maximum number of reviews to publish", positiveNumber)
  .option("--rate <number>", "maximum number of reviews to publish per second", positiveNumber)
  .option("--record <file>", "write the current labels to a new file, for `replay report`")
  .option("--dry-run", "publish nothing; print how many reviews are selected and how many documents that reads")
  .option("--resume <token>", "continue an interrupted replay")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./replay.ts")).replay(options));

replay
  .command("report")
  .description("compare the labels that `replay --record` wrote with the current ones; publishes nothing")
  .argument("<file>", "the file that --record has written")
  .option("-n, --limit <number>", "maximum number of changed labels to list (default: 20)", positiveNumber)
  .option("--json", "print one line of JSON and nothing else")
  .action(async (file, options) => (await import("./replay-report.ts")).replayReport(file, options));

const reason = (): Option =>
  new Option("-r, --reason <code...>", "only messages dead-lettered for this reason; repeatable").choices(REASONS);

const redrive = program
  .command("redrive")
  .description("publish dead-lettered messages to the topic again")
  .enablePositionalOptions()
  .addOption(reason())
  .option("-n, --limit <number>", "maximum number of messages to publish", positiveNumber)
  .option("--dry-run", "publish nothing; print how many messages would be published")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./redrive.ts")).redrive(options));

redrive
  .command("summary")
  .description("count the dead-lettered messages by reason and keep them")
  .addOption(reason())
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./redrive.ts")).redriveSummary(options));

redrive
  .command("export")
  .description("move dead-lettered messages to a new file of JSON lines")
  .argument("<file>", "a file that does not exist yet")
  .addOption(reason())
  .option("-n, --limit <number>", "maximum number of messages to move", positiveNumber)
  .option("--keep", "copy the messages and keep them in the subscription")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (file, options) => (await import("./redrive.ts")).redriveExport(file, options));

redrive
  .command("import")
  .description("publish the messages of a file that `redrive export` has written")
  .argument("<file>", "the file; it is kept")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (file, options) => (await import("./redrive-import.ts")).redriveImport(file, options));

program
  .command("classify")
  .description("label the reviews of a file, without queue or store")
  .requiredOption("-i, --input <file>", "reviews: JSON lines or CSV with a header, also .gz")
  .requiredOption("-o, --output <file>", "the same reviews with their sentiment, as JSON lines, also .gz")
  .option("-f, --field <name>", "the field with the text", "text")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./classify.ts")).classify(options));

const model = program.command("model").description("the models that have a name: list them, fetch one");

model
  .command("list")
  .description("names, state, version, size and place")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./model.ts")).modelList(options));

model
  .command("fetch")
  .description("download a model and verify it; what is there already is only verified")
  .argument("<name>", "distilbert-sst2")
  .option("-t, --to <dir>", "put it there; load it with MODEL=DIR (default: where MODEL finds it by its name)")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (name, options) => (await import("./model.ts")).modelFetch(name, options));

program
  .command("eval")
  .description("compare the model's labels with those that files give: accuracy, calibration, coverage, speed")
  .requiredOption("-i, --input <file...>", "labelled reviews: JSON lines or CSV with a header, also .gz")
  .option("-m, --model <model>", "instead of MODEL")
  .option("-f, --field <name>", "the field with the text", "text")
  .option("-d, --diagram <file>", "draw a reliability diagram (SVG)")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./eval.ts")).evaluate(options));

try {
  await program.parseAsync();
} catch (error) {
  const mistake = MISTAKES.some((kind) => error instanceof kind);
  // A stack trace would say nothing more of a fetch either, but that is not the caller's mistake.
  const explained = mistake || error instanceof ModelFetchError;
  const text = explained
    ? `review-sentiment: ${(error as Error).message}`
    : (await import("../log.ts")).withoutRequest(error as Error).stack;
  // Cloud Run gives each line of standard error an entry of its own, and none a severity, unless it is such a JSON.
  const { K_SERVICE, CLOUD_RUN_WORKER_POOL } = process.env;
  const onCloudRun = K_SERVICE !== undefined || CLOUD_RUN_WORKER_POOL !== undefined;
  console.error(onCloudRun ? JSON.stringify({ severity: "CRITICAL", message: text }) : text);
  process.exitCode = mistake ? 2 : 1;
}
await telemetry?.stop();
