import { expect, it } from "vitest";
import { NoAnswerError } from "../../shared/backends/replaceable-client.ts";
import { StoreError } from "../../shared/store.ts";
import { readableLog } from "../../worker/cli/readable-log.ts";
import { createLogger } from "../../worker/log.ts";

/** The output of a logger on a terminal without colours. */
function printed(log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = "";
  const stream = { isTTY: false, write: (part: string) => (text += part) } as unknown as NodeJS.WriteStream;
  log(createLogger("debug", undefined, readableLog(stream)));
  return text.replace(/^\d\d:\d\d:\d\d /gm, "");
}

it("an entry is one line with severity, message and fields", () => {
  expect(
    printed((log) =>
      log.debug({ messageId: "7", path: "reviews/a", outcome: "labelled", label: "POSITIVE" }, "message settled"),
    ),
  ).toBe("DEBUG    message settled messageId=7 path=reviews/a outcome=labelled label=POSITIVE\n");
});

it("values other than strings are JSON", () => {
  expect(printed((log) => log.info({ messages: { labelled: 3 } }, "messages settled"))).toBe(
    'INFO     messages settled messages={"labelled":3}\n',
  );
});

it("an error's stack follows its entry, indented", () => {
  const lines = printed((log) => log.warn({ err: new Error("no connection") }, "message nacked")).split("\n");
  expect(lines.slice(0, 2)).toEqual(["WARNING  message nacked", "    Error: no connection"]);
  expect(lines[2]).toMatch(/^ {8}at /);
});

it("of an error of a server that does not answer, only the message follows", () => {
  const err = new StoreError("Firestore: no answer", "unavailable", { cause: new Error("14 UNAVAILABLE") });
  expect(printed((log) => log.warn({ err }, "waiting"))).toMatch(/^WARNING {2}waiting\n {4}Firestore: no answer.*\n$/);
  expect(printed((log) => log.warn({ err: new NoAnswerError("Pub/Sub: no answer") }, "waiting"))).toBe(
    "WARNING  waiting\n    Pub/Sub: no answer\n",
  );
  const refused = new StoreError("Firestore: refused", "refused", { cause: new TypeError("a bug") });
  expect(printed((log) => log.warn({ err: refused }, "waiting"))).toMatch(/\n {8}at /);
});

it("control characters cannot reach the terminal", () => {
  const text = printed((log) => log.warn({ path: "reviews/\x1b[2J", err: new Error("\x9b2J") }, "message nacked"));
  expect(text).toContain("reviews/\\x1b[2J");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
