#!/usr/bin/env node
/** The command line: `review-sentiment COMMAND`. Each command is a file in `commands/`, loaded when it is called. */
import { Command, InvalidArgumentError, Option } from "commander";
import { ModelFolderError } from "../model/folder.ts";
import { InputError } from "../shared/reviews-file.ts";
import { ConfigError } from "./config.ts";

/** What was asked for is wrong: the message says what to do, and a stack trace would say nothing more. */
const MISTAKES = [ConfigError, InputError, ModelFolderError];

const wholeNumber = (value: string): number => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
};

const program = new Command("review-sentiment")
  .description("Tags customer reviews with their sentiment: messages from Pub/Sub in, labels into Firestore out.")
  .addHelpText("after", "\nConfiguration is by environment variables; the README lists them.")
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("worker")
  .description("take messages and label their reviews until stopped (SIGTERM or SIGINT)")
  .action(async () => (await import("./commands/worker.ts")).worker());

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
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./commands/demo.ts")).demo(options));

program
  .command("publish")
  .description("store reviews from a file and publish them, or publish stored ones by their paths")
  .argument("[path...]", "documents, for example reviews/abc")
  .option("-i, --input <file>", "reviews to store and publish: JSON lines or CSV with a header, also .gz")
  .option("--force", "classify even if neither text nor model changed")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (paths, options) => (await import("./commands/publish.ts")).publish(paths, options));

program
  .command("classify")
  .description("label the reviews of a file, without queue or store")
  .requiredOption("-i, --input <file>", "reviews: JSON lines or CSV with a header, also .gz")
  .requiredOption("-o, --output <file>", "the same reviews with their sentiment, as JSON lines, also .gz")
  .option("-f, --field <name>", "the field with the text", "text")
  .option("--json", "print one line of JSON and nothing else")
  .action(async (options) => (await import("./commands/classify.ts")).classify(options));

try {
  await program.parseAsync();
} catch (error) {
  const mistake = MISTAKES.some((kind) => error instanceof kind);
  console.error(mistake ? `review-sentiment: ${(error as Error).message}` : error);
  process.exitCode = mistake ? 2 : 1;
}
