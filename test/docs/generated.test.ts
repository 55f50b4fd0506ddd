import { expect, it } from "vitest";
import { generatedPages, stalePages } from "../../docs/generate.ts";
import { allCommands, createProgram } from "../../worker/cli/program.ts";
import { VARIABLES } from "../../worker/config.ts";

it("the generated pages are what the code says; if not, run npm run docs", () => {
  expect(stalePages()).toEqual([]);
});

it("every variable is on the configuration page, and every command on the command page", () => {
  const pages = generatedPages();
  const configuration = pages.get("docs/reference/configuration.md");
  for (const name of Object.keys(VARIABLES)) expect(configuration).toContain(`| \`${name}\` |`);
  const commands = pages.get("docs/reference/cli.md")?.replace(/\s+/g, " ");
  for (const command of allCommands(createProgram())) expect(commands).toContain(command.description());
});
