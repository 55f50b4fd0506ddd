/**
 * The command line: `review-sentiment COMMAND`. Each command is a file beside this one and is loaded when it runs.
 * `docs/reference/cli.md` is generated from this file.
 */
import { Command, type CommanderError, InvalidArgumentError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { OUTPUT_SEPARATORS } from "../../shared/file-format.ts";
import { ERROR_CODES } from "../../shared/result.ts";
import { PROJECT_ID } from "../../shared/settings.ts";
import { SAMPLES } from "../demo/samples.ts";
import { REASONS } from "../replay/redrive.ts";
import type { Telemetry } from "../telemetry.ts";
import { asCalled } from "./as-called.ts";
import { DATE_ORDERS } from "./file-values.ts";

const wholeNumber = (value: string): number => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
};

const positiveNumber = (value: string): number => {
  if (wholeNumber(value) === 0) throw new InvalidArgumentError("It must be more than 0.");
  return Number(value);
};

const projectId = (value: string): string => {
  if (!PROJECT_ID.test(value)) throw new InvalidArgumentError("It must be a project id such as my-shop-123.");
  return value;
};

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const portNumber = (value: string): number => {
  if (wholeNumber(value) > 65_535) throw new InvalidArgumentError("It must be 65535 at most.");
  return Number(value);
};

const dashboardPort = (): Option =>
  new Option("-p, --port <number>", "port of the dashboard").argParser(portNumber).default(0, "any free port");

const json = (): Option => new Option("--json", "print one line of JSON and nothing else");

const reason = (): Option =>
  new Option("-r, --reason <code...>", "only messages dead-lettered for this reason; repeatable").choices(REASONS);

const INPUT = "reviews: JSON lines, a JSON array or CSV with a header, also .gz; - is standard input";

const encoding = (): Option =>
  new Option(
    "--encoding <label>",
    "the input's encoding, such as windows-1252 (default: UTF-8, or UTF-16 with a byte order mark)",
  );

const separator = (): Option =>
  new Option(
    "--separator <character>",
    "between the columns of CSV output; with ';' numbers have a decimal comma (default: the input's, or a comma)",
  ).choices(OUTPUT_SEPARATORS);

const modelOption = (): Option => new Option("-m, --model <model>", "the model to use instead of MODEL");

const textField = (): Option =>
  new Option(
    "-f, --field <name>",
    "the field of the file that holds the text, dotted for a nested one (default: TEXT_FIELD, or text)",
  );

const idField = (): Option =>
  new Option("--id-field <name>", "the field that holds the id (default: id, or the last variable of REVIEWS_PATH)");

const dateOrder = (): Option =>
  new Option(
    "--date-order <order>",
    "how to read dates such as 1.11.2026: dmy (day first) or mdy (month first); without it, they are refused",
  ).choices(DATE_ORDERS);

const labelField = (): Option =>
  new Option(
    "--label-field <name>",
    "the field that holds the label (default: label, class, sentiment, stars or rating)",
  );

const gold = (): Option =>
  new Option(
    "--gold <meaning...>",
    "what the labels in the file mean: stars (1-2, 3, 4-5), or VALUE=LABEL; repeatable",
  );

/**
 * For a command that takes no arguments but has subcommands: an argument is a mistyped subcommand. Commander suggests the right name
 * by itself only if the command has no action of its own.
 */
function requireNoArguments(command: Command): void {
  // Commander's types leave this method out.
  if (command.args.length > 0) (command as unknown as { unknownCommand(): never }).unknownCommand();
}

/** Commander silently takes the last value of an option that is given twice. */
function refuseRepetition(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.variadic || option.parseArg === collect) continue;
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) command.error(`error: option '${option.flags}' can be given only once`);
      given = true;
    });
  }
}

/** Examples at the end of a command's help. */
function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => asCalled(`  $ npm run ${line}`)).join("\n")}`;
}

/** @param telemetry for the worker */
export function createProgram(telemetry?: Telemetry): Command {
  const program = new Command("review-sentiment")
    .description(
      "Tags customer reviews with their sentiment: takes messages from Pub/Sub and writes labels to Firestore.",
    )
    .version(manifest.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    // Options after a subcommand's name belong to the subcommand, even if its parent has an option of the same name.
    .enablePositionalOptions()
    .addHelpText(
      "after",
      `
Environment variables configure all commands: docs/reference/configuration.md lists them.
Exit codes: 0 done, 1 failed, 2 usage or configuration error.
${examples("demo", "classify -- --input reviews.csv --output labelled.csv")}`,
    );

  addWorker(program, telemetry);
  addDemo(program);
  addDashboard(program);
  addPublish(program);
  addReplay(program);
  addRedrive(program);
  addDoctor(program);
  addClassify(program);
  addModel(program);
  addEval(program);

  for (const command of allCommands(program)) {
    if (command !== program) command.helpOption("-h, --help", "print this help");
    refuseRepetition(command);
    // Print only the usage line after an error: the whole help would hide the error.
    const help = command.createHelp();
    command.showHelpAfterError(`Usage: ${help.commandUsage(command)}\nUse --help for the options and examples.`);
    command.exitOverride((error) => {
      const hint = error.exitCode === 0 ? undefined : hintFor(error, command);
      if (hint !== undefined) console.error(hint);
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  }
  return program;
}

function addWorker(program: Command, telemetry?: Telemetry): void {
  program
    .command("worker")
    .description("take messages and label their reviews until stopped by SIGTERM or SIGINT")
    .addHelpText(
      "after",
      `\nIts settings are environment variables: docs/reference/configuration.md lists them.\n${examples(
        "worker",
        "--silent worker | tee worker.log",
        "worker    # with DELIVERY=push, PORT, PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT in the environment",
      )}`,
    )
    .action(async () => (await import("./worker.ts")).worker(telemetry));
}

function addDemo(program: Command): void {
  program
    .command("demo")
    .description("run everything on this machine: store and publish reviews, run the worker, print the labels")
    .option("-i, --input <file>", "your own reviews: JSON lines, a JSON array or CSV with a header, also .gz")
    .addOption(textField())
    .addOption(idField())
    .addOption(labelField())
    .addOption(gold())
    .addOption(encoding())
    .addOption(
      new Option("-s, --samples <kind>", "which of the built-in reviews to use")
        .choices(Object.keys(SAMPLES))
        .default("ordinary")
        .conflicts("input"),
    )
    .addOption(
      new Option("-b, --backend <backend>", "where to run; auto uses Google's emulators if they are installed")
        .choices(["auto", "emulator", "memory"])
        .default("auto"),
    )
    .option("-n, --rows <number>", "rows of the table", wholeNumber, 20)
    .option("--dashboard", "publish the reviews slowly and show them in the browser, until Ctrl-C")
    .addOption(dashboardPort())
    .addOption(json())
    .addHelpText("after", examples("demo", "demo -- --input reviews.csv --backend memory"))
    .action(async (options) => (await import("./demo.ts")).demo(options));
}

function addDashboard(program: Command): void {
  program
    .command("dashboard")
    .description("open the dashboard: for the demo's reviews, a file or a project; or check its deployment")
    .option("-i, --input <file>", "your own reviews in place of the demo's, on Google's emulators")
    .addOption(textField())
    .addOption(idField())
    .addOption(encoding())
    .option(
      "--project <id>",
      "the reviews of a project, read only, with your own credentials; or of the emulator in FIRESTORE_EMULATOR_HOST",
      projectId,
    )
    .option(
      "--created-field <name>",
      "the field that holds the time when a review was written (default: the time of labelling)",
    )
    .addOption(dateOrder())
    .option("--rating-field <name>", "the field that holds the customer's rating, a number from 1 to 5")
    .option("--group-field <name>", "the field by which reviews are compared, such as product or shop")
    .option("--check", "check what a deployed dashboard needs, and print the command that fixes each missing part")
    .option("--account <email>", "with --check: the account that must be allowed to read reviews")
    .addOption(new Option("--json", "with --check: print one line of JSON and nothing else"))
    .addOption(dashboardPort())
    .addHelpText(
      "after",
      examples(
        "dashboard",
        "dashboard -- --input reviews.csv --created-field date --rating-field stars --group-field product",
        "dashboard -- --project my-shop-123",
        "dashboard -- --check --project my-shop-123 --account ann@example.com",
      ),
    )
    .action(async (options) => (await import("./dashboard.ts")).dashboard(options));
}

function addPublish(program: Command): void {
  program
    .command("publish")
    .description("store the reviews of a file and publish them, or publish stored reviews by their paths")
    .argument("[path...]", "documents, for example reviews/abc; each is read once to check that it exists")
    .option(
      "-i, --input <file>",
      "reviews to store and publish: JSON lines, a JSON array or CSV with a header, also .gz",
    )
    .addOption(textField())
    .addOption(idField())
    .option("--created-field <name>", "a field that holds times, which are stored as timestamps; repeatable", collect)
    .addOption(dateOrder())
    .option("--rating-field <name>", "a field that holds ratings, which are stored as numbers; repeatable", collect)
    .addOption(encoding())
    .option("--force", "classify even if neither text nor model changed")
    .addOption(json())
    .addHelpText(
      "after",
      examples(
        "publish -- --input reviews.csv --created-field date --rating-field stars",
        "publish -- reviews/abc reviews/def",
      ),
    )
    .action(async (paths, options) => (await import("./publish.ts")).publish(paths, options));
}

function addReplay(program: Command): void {
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
    .option(
      "--unlabelled",
      "reviews without a result; combined with --failed or --other-model, reviews that match either",
    )
    .addOption(
      new Option("--failed [code]", "reviews whose result is an error, or the error of this code").choices(ERROR_CODES),
    )
    .option("--other-model", "reviews labelled by another model than MODEL")
    .option("--force", "classify even if neither text nor model changed")
    .option("-n, --limit <number>", "maximum number of reviews to publish", positiveNumber)
    .option("--rate <number>", "maximum number of reviews to publish per second", positiveNumber)
    .option(
      "--max-backlog <number>",
      "pause while more messages than this are waiting; 0: never pause (default: 400000, on Google Cloud only)",
      wholeNumber,
    )
    .option("--shard <i/n>", "only the i-th of n parts, such as 1/4 (default: this task of a Cloud Run job)")
    .option("--bounds <text>", "the bounds of the shards, as printed by `replay shards` (default: evenly by id)")
    .option("--record <file>", "write the current labels to a new file, for `replay report`")
    .option("--dry-run", "publish nothing; print the number of selected reviews and of documents that the replay reads")
    .option("--resume <token>", "continue an interrupted replay")
    .addOption(json())
    .addHelpText("after", examples("replay -- --other-model --dry-run", "replay -- --where shop==7 --rate 500"))
    .allowExcessArguments()
    .action(async (options, command) => {
      requireNoArguments(command);
      await (await import("./replay.ts")).replay(options);
    });

  replay
    .command("shards")
    .description("print bounds that divide the reviews into shards of about equal size, for --bounds")
    .argument("<n>", "number of shards", positiveNumber)
    .addOption(json())
    .addHelpText("after", examples("--silent replay -- shards 4", "--silent replay -- shards 100 --json"))
    .action(async (count, options) => (await import("./replay.ts")).replayShards(count, options));

  replay
    .command("report")
    .description("compare the labels that `replay --record` wrote with the current ones; publishes nothing")
    .argument("<file>", "the file that `replay --record` wrote")
    .option("-n, --limit <number>", "maximum number of changed labels to list (default: 20)", positiveNumber)
    .addOption(json())
    .addHelpText("after", examples("replay -- report before.jsonl", "--silent replay -- report before.jsonl --json"))
    .action(async (file, options) => (await import("./replay-report.ts")).replayReport(file, options));
}

function addRedrive(program: Command): void {
  const redrive = program
    .command("redrive")
    .description("publish dead-lettered messages to the topic again, except those that the worker would refuse again")
    .enablePositionalOptions()
    .addOption(reason())
    .option("-n, --limit <number>", "maximum number of messages to publish", positiveNumber)
    .option("--force", "also publish messages that the worker would still refuse with the current REVIEWS_PATH")
    .option("--dry-run", "publish nothing; print how many messages would be published")
    .addOption(json())
    .addHelpText("after", examples("redrive -- --dry-run", "redrive -- --reason path-mismatch --limit 100"))
    .allowExcessArguments()
    .action(async (options, command) => {
      requireNoArguments(command);
      await (await import("./redrive.ts")).redrive(options);
    });

  redrive
    .command("summary")
    .description("count the dead-lettered messages by reason, without removing any")
    .addOption(reason())
    .addOption(json())
    .addHelpText("after", examples("redrive -- summary", "redrive -- summary --reason path-mismatch"))
    .action(async (options) => (await import("./redrive.ts")).redriveSummary(options));

  redrive
    .command("export")
    .description("move dead-lettered messages to a new file of JSON lines")
    .argument("<file>", "a file that does not exist yet")
    .addOption(reason())
    .option("-n, --limit <number>", "maximum number of messages to move", positiveNumber)
    .option("--keep", "copy the messages and keep them in the subscription")
    .addOption(json())
    .addHelpText(
      "after",
      examples("redrive -- export dead.jsonl --keep", "redrive -- export invalid.jsonl --reason invalid-json"),
    )
    .action(async (file, options) => (await import("./redrive.ts")).redriveExport(file, options));

  redrive
    .command("import")
    .description("publish the messages of a file that `redrive export` wrote")
    .argument("<file>", "the file; it is kept")
    .addOption(json())
    .addHelpText("after", examples("redrive -- import dead.jsonl", "--silent redrive -- import dead.jsonl --json"))
    .action(async (file, options) => (await import("./redrive-import.ts")).redriveImport(file, options));
}

function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("check a deployment on Google Cloud, and print each fault with the command that fixes it")
    .option("--project <id>", "the project (default: GOOGLE_CLOUD_PROJECT, or that of the credentials)", projectId)
    .option("--no-probe", "do not publish the probe message, which names a review that does not exist")
    .option("--wait <seconds>", "how long to look for the probe message in the log", positiveNumber, 90)
    .addOption(json())
    .addHelpText(
      "after",
      `
It changes nothing, apart from publishing the probe message. Environment variables name the topics, subscription, database and paths.
Exit codes: 0 no fault found, 1 at least one fault, 2 usage or configuration error, 3 no fault found, but some checks could not run.
${examples("doctor -- --project my-shop-123", "--silent doctor -- --project my-shop-123 --json")}`,
    )
    .action(async (options) => (await import("./doctor.ts")).doctor(options));
}

function addClassify(program: Command): void {
  program
    .command("classify")
    .description("label texts, or the reviews of a file or of Firestore, and write nothing but the output")
    .argument("[text...]", "texts to label; - reads standard input, one text per line")
    .option("-i, --input <file>", INPUT)
    .addOption(
      new Option("--from-firestore", "label stored reviews, read only, to try a model on them").conflicts([
        "input",
        "field",
        "encoding",
      ]),
    )
    .option(
      "-n, --limit <number>",
      "with --from-firestore: maximum number of reviews; each costs two reads (default: 200)",
      positiveNumber,
    )
    .option(
      "-o, --output <file>",
      "where to write the reviews with their results: CSV if the name ends in .csv, .tsv or .tab, else JSON lines; also .gz; - is standard output",
      "-",
    )
    .addOption(modelOption())
    .addOption(textField())
    .option("--result-field <name>", "the field for the results; the reviews must not have it yet", "sentiment")
    .addOption(encoding())
    .addOption(separator())
    .option("--json", "print the counts as one line of JSON, on standard error if the reviews go to standard output")
    .addHelpText(
      "after",
      examples(
        '--silent classify -- "Broke after a day."',
        "classify -- --input reviews.csv --output labelled.csv",
        "classify -- --from-firestore --model lite-multi --output labelled.csv --separator ';'",
        "classify -- --input reviews.jsonl.gz --field content.body --output labelled.jsonl.gz",
      ),
    )
    .action(async (texts, options) => (await import("./classify.ts")).classify(texts, options));
}

function addModel(program: Command): void {
  const model = program
    .command("model")
    .description("list the named models, or download one")
    .addHelpText("after", examples("model -- list", "model -- fetch distilbert-sst2"));

  model
    .command("list")
    .description("print name, state, version, size and folder of each model")
    .addOption(json())
    .addHelpText("after", examples("model -- list", "--silent model -- list --json"))
    .action(async (options) => (await import("./model.ts")).modelList(options));

  model
    .command("fetch")
    .description("download a model and verify it; files that already exist are only verified")
    .argument("<name>", "the model's name, such as distilbert-sst2")
    .option("-t, --to <dir>", "the folder to put it in, for MODEL=DIR (default: where MODEL=NAME finds it)")
    .addOption(json())
    .addHelpText(
      "after",
      examples("model -- fetch distilbert-sst2", "model -- fetch distilbert-sst2 --to /models/distilbert-sst2"),
    )
    .action(async (name, options) => (await import("./model.ts")).modelFetch(name, options));
}

function addEval(program: Command): void {
  program
    .command("eval")
    .description("compare the model's labels with people's: accuracy, F1, calibration, coverage, speed")
    .option("-i, --input <file...>", "reviews with labels: JSON lines, a JSON array or CSV with a header, also .gz")
    .addOption(
      new Option(
        "--from-firestore",
        "evaluate on the dashboard's corrections and customers' ratings, and suggest NEUTRAL_BELOW",
      ).conflicts(["input", "by", "field", "labelField", "gold", "encoding"]),
    )
    .option(
      "--rating-field <name>",
      "with --from-firestore: the field of the documents that holds a rating from 1 to 5",
    )
    .option(
      "-n, --limit <number>",
      "with --from-firestore: maximum number of corrections, and of ratings, to read (default: 5000)",
      positiveNumber,
    )
    .addOption(modelOption())
    .addOption(textField())
    .addOption(labelField())
    .addOption(gold())
    .addOption(encoding())
    .option("--by <field>", "show the figures for each value of a field, such as the language")
    .option("-d, --diagram <file>", "draw a reliability diagram (SVG)")
    .option(
      "-e, --errors <file>",
      "write the misclassified reviews with both labels, the highest score first: CSV if the name ends in .csv, .tsv or .tab, else JSON lines",
    )
    .addOption(separator())
    .addOption(json())
    .addHelpText(
      "after",
      `
accuracy %  share of the labels that are right
polarity %  the same between NEGATIVE and POSITIVE only, if the file also has neutral reviews
macro-F1    mean of the F1 of the labels, 0 to 1
ECE         expected calibration error: mean difference between a score and the share of labels with it that are right
neutral %   share of the reviews that the worker labels NEUTRAL
${examples(
  "eval -- --input labelled.csv --errors errors.csv",
  "eval -- --input a.jsonl b.jsonl --model distilbert-sst2 --diagram a.svg",
  "eval -- --input c.csv --label-field verdict --gold 1=NEGATIVE 2=POSITIVE",
  "eval -- --from-firestore --rating-field stars",
)}`,
    )
    .action(async (options) => (await import("./eval.ts")).evaluate(options));
}

/** What the user probably meant. */
function hintFor({ code, message }: CommanderError, command: Command): string | undefined {
  const has = (option: string) => command.options.some(({ long }) => long === option);
  if (code === "commander.excessArguments" && has("--input")) return "Name a file of reviews with --input FILE.";
  if (code === "commander.excessArguments" && has("--project")) return "Name the project with --project ID.";
  if (code === "commander.unknownOption" && message.includes("'--model'"))
    return asCalled(`Choose the model with MODEL in the environment: MODEL=lite-multi npm run ${command.name()} -- …`);
  if (code === "commander.unknownOption" && command.name() === "worker")
    return "The worker's settings are environment variables: docs/reference/configuration.md lists them.";
  return undefined;
}

/** A command and all commands below it. */
export function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/**
 * Options that npm has swallowed because `--` was missing: `npm run demo --json` passes nothing to the command and sets
 * npm_config_json instead. The command must not run then: a replay that loses its `--dry-run` would publish.
 * @param args the arguments that the command received
 */
export function swallowedOptions(
  program: Command,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  if (env.npm_command !== "run-script" && env.npm_lifecycle_event === undefined) return [];
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (next === undefined) break;
    command = next;
  }
  return command.options
    .filter(({ long }) => long && env[`npm_config_${long.slice(2).replaceAll("-", "_")}`])
    .map(({ long }) => long as string)
    .filter((long) => !args.some((arg) => arg === long || arg.startsWith(`${long}=`)));
}
