import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { allCommands, createProgram, swallowedOptions } from "../../worker/cli/program.ts";

const names = allCommands(createProgram()).map(
  (command) => [command.parent ? command.name() : "(none)", command] as const,
);

/** The error of a command line, and what is printed. */
async function errorOf(args: readonly string[]): Promise<{ error: string; printed: string }> {
  const program = createProgram();
  let printed = "";
  for (const command of allCommands(program))
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        printed += text;
      },
    });
  const error = await program.parseAsync(args, { from: "user" }).catch(({ message }) => message);
  return { error, printed };
}

describe("the help", () => {
  it.each(names)("of %s has at least two examples, and their commands exist", (_, command) => {
    let help = "";
    command
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    const lines = (help.split("\nExamples:\n")[1] ?? "").trim().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) {
      const script = /^ *\$ npm run (?:--silent )?(\S+)/.exec(line)?.[1];
      expect(manifest.scripts).toHaveProperty(script as string);
    }
  });

  it.each(names)("of %s fits 80 columns, apart from sentences and examples", (_, command) => {
    const text = command.configureHelp({ helpWidth: 80 }).helpInformation();
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("options that npm has swallowed because -- was missing", () => {
  const npm = { npm_command: "run-script", npm_lifecycle_event: "replay" };
  const program = createProgram();

  it.each([
    ["a switch", ["replay"], { npm_config_dry_run: "true" }, "--dry-run"],
    ["an option with a value", ["demo", "reviews.csv"], { npm_config_input: "true" }, "--input"],
    ["one of a subcommand", ["model", "fetch", "distilbert-sst2"], { npm_config_to: "/models" }, "--to"],
    ["one that npm has too", ["demo"], { npm_config_json: "true" }, "--json"],
  ])("are noticed: %s", (_, args, env, option) => {
    expect(swallowedOptions(program, args, { ...npm, ...env })).toEqual([option]);
  });

  it("are not reported if the option arrived, if the command has no such option, and without npm", () => {
    expect(swallowedOptions(program, ["demo", "--json"], { ...npm, npm_config_json: "true" })).toEqual([]);
    expect(swallowedOptions(program, ["demo", "--input=x"], { ...npm, npm_config_input: "true" })).toEqual([]);
    expect(swallowedOptions(program, ["worker"], { ...npm, npm_config_json: "true" })).toEqual([]);
    expect(swallowedOptions(program, ["demo"], { npm_config_json: "true" })).toEqual([]);
  });
});

describe("a mistyped command", () => {
  it.each([
    ["of the program", ["modle"], "(Did you mean model?)"],
    ["of one that does nothing by itself", ["model", "lst"], "(Did you mean list?)"],
    ["of redrive", ["redrive", "sumary"], "(Did you mean summary?)"],
    ["of replay", ["replay", "repot", "before.jsonl"], "(Did you mean report?)"],
  ])("%s is an error that suggests the right name", async (_, args, suggestion) => {
    const { error, printed } = await errorOf(args);
    expect(error).toContain("unknown command");
    expect(printed).toContain(suggestion);
  });
});

it("an option that takes several values, or none, may be given twice", async () => {
  const args = ["--created-field", "a", "--created-field", "b", "--json", "--json"];
  expect((await errorOf(["publish", ...args])).error).toMatch(/^name what to publish/);
});

it.each([
  ["eval", "--model", "lite", "-m", "lite-multi"],
  ["publish", "--input=a.csv", "--input", "b.csv"],
])("an option that takes one value is an error if it is given twice: %s %s", async (...args) => {
  const { error } = await errorOf(args);
  expect(error).toMatch(/^error: option '-\w, --(model|input) <\w+>' can be given only once$/);
});

it.each([
  ["--input a.csv --limit 9", /^--limit goes with --from-firestore only/],
  ["--input a.csv --rating-field stars", /^--rating-field goes with --from-firestore; for a file, use --label-field/],
  ["--from-firestore --field body", /'--from-firestore' cannot be used with option '-f, --field <name>'/],
  ["--from-firestore --label-field stars", /'--from-firestore' cannot be used with option '--label-field <name>'/],
])("eval does not ignore an option that has no effect: %s", async (args, expected) => {
  expect((await errorOf(["eval", ...args.split(" ")])).error).toMatch(expected);
});
