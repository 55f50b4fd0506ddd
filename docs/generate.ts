/** Generates the reference pages from the code: `npm run docs`. A test fails if a page is out of date. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { createProgram } from "../worker/cli/program.ts";
import { FOREIGN_VARIABLES, SECTIONS, VARIABLES } from "../worker/config.ts";

const ROOT = new URL("../", import.meta.url);

/** Width of the help text on the page, in columns. */
const HELP_WIDTH = 100;

const generated = (source: string): string => `<!-- Generated from ${source} by npm run docs. Do not edit. -->`;

/** The generated pages by their paths. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ["docs/reference/configuration.md", configurationPage()],
    ["docs/reference/cli.md", commandsPage()],
  ]);
}

function configurationPage(): string {
  const sections = SECTIONS.map((section) => {
    const rows = Object.entries(VARIABLES)
      .filter(([, variable]) => variable.section === section)
      .map(
        ([name, variable]) =>
          `| \`${name}\` | ${defaultOf(variable)} | ${variable.description} | ${variable.expects} |`,
      );
    return `## ${section}\n\n| variable | default | meaning | valid values |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  const foreign = Object.entries(FOREIGN_VARIABLES).map(([names, meaning]) => {
    const code = names.split(", ").map((name) => `\`${name}\``);
    return `| ${code.join(", ")} | ${meaning} |`;
  });
  return `${generated("worker/config.ts")}

# Configuration

Environment variables configure the worker and all commands. They are read once, at the start. If any are invalid, the process lists all
problems and exits with code 2. An empty variable counts as not set. The worker warns of a name that
is probably mistyped, such as \`TEXT_FEILD\`.

${sections.join("\n")}
## Variables of other software

| variable | meaning |
| --- | --- |
${foreign.join("\n")}
`;
}

function defaultOf(variable: {
  schema: { safeParse(value: unknown): { data?: unknown } };
  defaultText?: string;
}): string {
  if (variable.defaultText !== undefined) return variable.defaultText;
  const value = variable.schema.safeParse(undefined).data;
  return value === undefined ? "not set" : `\`${value}\``;
}

function commandsPage(): string {
  const program = createProgram();
  return `${generated("worker/cli/program.ts")}

# Commands

All commands with their options, as \`--help\` prints them. In a clone, run \`npm run COMMAND -- OPTIONS\`; options go after \`--\`. In the
image and in the built bundle the program is called \`review-sentiment\`. Results go to standard output, progress and errors to standard
error; \`--json\` prints one line for programs. Colours appear only on a terminal, and \`NO_COLOR\` turns them off.

${sectionsOf(program).join("\n")}`;
}

/** A section for a command, then one for each command below it. */
function sectionsOf(command: Command): string[] {
  const names: string[] = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) names.unshift(one.name());
  const title = names.length === 0 ? "review-sentiment" : names.join(" ");
  const own = `## ${title}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;
  return [own, ...command.commands.flatMap(sectionsOf)];
}

/** The output of `--help`. */
function helpOf(command: Command): string {
  let text = "";
  command.configureHelp({ helpWidth: HELP_WIDTH });
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}

/** Pages that are out of date. */
export function stalePages(): string[] {
  return [...generatedPages()].filter(([path, text]) => read(path) !== text).map(([path]) => path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, ROOT), "utf8");
  } catch {
    return undefined;
  }
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1])
  for (const [path, text] of generatedPages()) writeFileSync(new URL(path, ROOT), text);
