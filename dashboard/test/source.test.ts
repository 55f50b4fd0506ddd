/** What the page's sources must not contain. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../src/", import.meta.url));
const sources = globSync("**/*.{ts,tsx}", { cwd: FOLDER }).map(
  (name) => [name, readFileSync(FOLDER + name, "utf8")] as const,
);

test("no text becomes HTML or code", () => {
  const wrong = /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/;
  expect(sources.filter(([, source]) => wrong.test(source)).map(([name]) => name)).toEqual([]);
});

test("all texts that people read are in texts.ts", () => {
  const found = sources
    .filter(([name]) => name.endsWith(".tsx"))
    .flatMap(([name, source]) =>
      source
        .split("\n")
        .filter(
          (line) =>
            // Between tags, in attributes that are read, and in their expressions.
            /^\s+[A-Z][a-z]+( [\w',]+)*[.…]?$/.test(line) ||
            /\b(title|aria-label|placeholder|alt|text|action|hint)="[A-Za-z]{2}/.test(line) ||
            /<(p|h1|h2|h3|th|td|span|button|summary|label|option|legend)[^>]*>[A-Za-z]{2}/.test(line),
        )
        .map((line) => `${name}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});
