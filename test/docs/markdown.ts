/** Reads the documentation's pages for their tests. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const GENERATED = /(^|\/)(node_modules|dist|output|\.git|\.venv)(\/|$)/;

/** All pages of the repository, relative to its root. */
export const PAGES = globSync("{*,{.github,dashboard,deploy,docs,examples,infra,model,packages}/**/*}.md", {
  cwd: ROOT,
  exclude: (path) => GENERATED.test(path),
}).toSorted();

export function read(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

const FENCE = /^( *)(```+)(\w*).*\n([\s\S]*?)^\1\2 *$/gm;

export interface CodeBlock {
  language: string;
  code: string;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(FENCE)].map(([, , , language = "", code = ""]) => ({ language, code }));
}

/** The commands of a page: the lines of its shell blocks, without prompts, outputs and comments, and its inline code. */
export function commands(markdown: string): string[] {
  const blocks = codeBlocks(markdown).flatMap(({ language, code }) => {
    const lines = code.replaceAll("\\\n", " ").split("\n");
    if (language === "console") return lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    return language === "sh" ? lines : [];
  });
  const inline = [...prose(markdown, false).matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
  return [...blocks, ...inline].map((command) => command.replace(/ +#.*$/, "").trim());
}

/** A page without its code, where nothing is a link or a heading. */
function prose(markdown: string, withoutInline = true): string {
  const text = markdown.replaceAll(FENCE, "").replaceAll(/^ {4}.*$/gm, "");
  return withoutInline ? text.replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, "")) : text;
}

/** A link as it stands in a page. */
export interface Link {
  target: string;
  /** The file that it leads to, relative to the root. */
  file: string;
  anchor: string | undefined;
}

/** The links of a page that stay in the repository, images included. */
export function internalLinks(page: string): Link[] {
  return [...prose(read(page)).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(ROOT, resolve(ROOT, dirname(page), decodeURI(path)));
      return { target, file, anchor };
    });
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchors(page: string): Set<string> {
  const found = new Map<string, number>();
  const text = read(page).replaceAll(FENCE, "");
  for (const [, heading = ""] of text.matchAll(/^#{1,6} +(.+?)\s*$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    found.set(slug, (found.get(slug) ?? 0) + 1);
  }
  return new Set(
    [...found].flatMap(([slug, times]) => [slug, ...Array.from({ length: times - 1 }, (_, i) => `${slug}-${i + 1}`)]),
  );
}
