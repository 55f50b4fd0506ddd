import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PathTemplate } from "../../shared/path.ts";
import { chunks, InputError, openReviewsFile, type ReadOptions, type Row } from "../../shared/reviews-file.ts";
import { RowPaths } from "../../shared/row-paths.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reviews-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
/** Writes a file whose name ends as given; returns its path. */
async function file(ending: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, `reviews-${++files}${ending}`);
  await writeFile(path, content);
  return path;
}

async function read(path: string, options?: ReadOptions): Promise<Row[]> {
  return Array.fromAsync((await openReviewsFile(path, options)).rows());
}

/** The error of a file that cannot be read. */
async function errorOf(path: string, options?: ReadOptions): Promise<InputError> {
  const error = await read(path, options).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return error;
}

describe("JSON lines", () => {
  const jsonl = '{"text":"I love it","stars":5}\n{"text":"Broke at once"}\n';
  const rows = [{ text: "I love it", stars: 5 }, { text: "Broke at once" }];

  test("are read in order, a review a line", async () => {
    expect(await read(await file(".jsonl", jsonl))).toEqual(rows);
  });

  test("are read gzipped", async () => {
    expect(await read(await file(".jsonl.gz", gzipSync(jsonl)))).toEqual(rows);
  });

  test("are read whatever the name ends in", async () => {
    expect(await read(await file(".txt", jsonl))).toEqual(rows);
    expect(await read(await file("", jsonl))).toEqual(rows);
  });

  test("may have blank lines, a BOM, Windows line ends and no newline at the end", async () => {
    const content = `\uFEFF\r\n${jsonl.replaceAll("\n", "\r\n")}   \r\n\r\n{"text":"last"}`;
    expect(await read(await file(".jsonl", content))).toEqual([...rows, { text: "last" }]);
  });

  test("may have a BOM right before the first review", async () => {
    expect(await read(await file(".jsonl", `\uFEFF${jsonl}`))).toEqual(rows);
  });

  test("keep what a text holds, line separators of Unicode too", async () => {
    const row = { text: "one\ntwo\u2028three\u2029four\u0085five 😀" };
    expect(await read(await file(".jsonl", `${JSON.stringify(row)}\n`))).toEqual([row]);
  });

  test("of many thousand reviews arrive complete", async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ text: `Review ${i} é😀` }));
    const content = many.map((row) => JSON.stringify(row)).join("\n");
    expect(await read(await file(".jsonl", content))).toEqual(many);
    expect(await read(await file(".jsonl.gz", gzipSync(content)))).toEqual(many);
  });

  test.each([
    ["that is no JSON", "I love it"],
    ["that is JSON cut off", '{"text":"I lo'],
    ["that is a string", '"I love it"'],
    ["that is null", "null"],
    ["that is an array", '["I love it"]'],
  ])("with a line %s are refused, with file, line and an example", async (_, line) => {
    const path = await file(".jsonl", `{"text":"fine"}\n\n${line}\n{"text":"fine"}\n`);
    const { message } = await errorOf(path);
    expect(message).toContain(path);
    expect(message).toContain("line 3");
    expect(message).toContain('{"text":"I like it"}');
  });

  test("give the reviews before the line that is wrong", async () => {
    const { rows: open } = await openReviewsFile(await file(".jsonl", `${jsonl}nonsense\n`));
    const reviews = open();
    expect((await reviews.next()).value).toEqual(rows[0]);
    expect((await reviews.next()).value).toEqual(rows[1]);
    await expect(reviews.next()).rejects.toThrow(InputError);
  });
});

describe("CSV", () => {
  const csv = 'text,stars\nI love it,5\n"Well made, but ""too"" small",3\n';
  const rows = [
    { text: "I love it", stars: "5" },
    { text: 'Well made, but "too" small', stars: "3" },
  ];

  test("is read by its header", async () => {
    expect(await read(await file(".csv", csv))).toEqual(rows);
  });

  test("is read gzipped", async () => {
    expect(await read(await file(".csv.gz", gzipSync(csv)))).toEqual(rows);
  });

  test("may have newlines in quotes", async () => {
    const content = 'text,stars\n"First line\nsecond line\r\n\nlast line",4\nshort,1\n';
    expect(await read(await file(".csv", content))).toEqual([
      { text: "First line\nsecond line\r\n\nlast line", stars: "4" },
      { text: "short", stars: "1" },
    ]);
  });

  test("may have a BOM, which is not part of the first column's name", async () => {
    expect(await read(await file(".csv", `\uFEFF${csv}`))).toEqual(rows);
    expect(await read(await file(".csv.gz", gzipSync(`\uFEFF"text",stars\nI love it,5\n`)))).toEqual([rows[0]]);
  });

  test("may have blank lines and Windows line ends", async () => {
    expect(await read(await file(".csv", `${csv.replaceAll("\n", "\r\n\r\n")}\r\n`))).toEqual(rows);
  });

  test("with a header alone has no reviews", async () => {
    expect(await read(await file(".csv", "text,stars\n"))).toEqual([]);
  });

  test.each([
    ["too few columns", "text,stars\nfine,5\nonly one\n", 3],
    ["too many columns", "text,stars\nfine,5\na,b,c\n", 3],
    ["a quote that is not closed", 'text,stars\nfine,5\n"never closed,5\n', 3],
  ])("with %s is refused, with file and line", async (_, content, line) => {
    const path = await file(".csv", content);
    const { message } = await errorOf(path);
    expect(message).toContain(path);
    expect(message).toMatch(new RegExp(`line ${line}`));
  });
});

describe("a file", () => {
  test("that does not exist is refused by name before anything is read", async () => {
    const path = join(folder, "nothing.jsonl");
    await expect(openReviewsFile(path)).rejects.toThrow(InputError);
    await expect(openReviewsFile(path)).rejects.toThrow(path);
  });

  test("that is a folder is refused", async () => {
    await expect(openReviewsFile(folder)).rejects.toThrow(InputError);
  });

  test.each([".jsonl", ".csv", ".jsonl.gz", ".csv.gz"])("that is empty has no reviews (%s)", async (ending) => {
    expect(await read(await file(ending, ending.endsWith(".gz") ? gzipSync("") : ""))).toEqual([]);
  });

  test.each([".jsonl.gz", ".csv.gz"])(
    "that is not gzipped although it says so is refused by name (%s)",
    async (end) => {
      const path = await file(end, '{"text":"not compressed"}\n');
      expect((await errorOf(path)).message).toContain(path);
    },
  );

  test.each([".jsonl.gz", ".csv.gz"])("whose gzip is cut off is refused by name (%s)", async (ending) => {
    const whole = gzipSync(Array.from({ length: 5_000 }, (_, i) => `{"text":"review ${i} ${Math.sin(i)}"}`).join("\n"));
    const path = await file(ending, whole.subarray(0, whole.length / 2));
    expect((await errorOf(path)).message).toContain(path);
  });

  test("says how long it is and how much has been read", async () => {
    const path = await file(".jsonl.gz", gzipSync('{"text":"I love it"}\n'));
    const opened = await openReviewsFile(path);
    expect(opened.bytes).toBeGreaterThan(0);
    expect(opened.bytesRead()).toBe(0);
    await Array.fromAsync(opened.rows());
    expect(opened.bytesRead()).toBe(opened.bytes);
  });

  test("may be left before its end", async () => {
    const content = Array.from({ length: 20_000 }, (_, i) => `{"text":"${i}"}`).join("\n");
    for (const ending of [".jsonl", ".jsonl.gz"]) {
      const opened = await openReviewsFile(await file(ending, ending.endsWith(".gz") ? gzipSync(content) : content));
      for await (const row of opened.rows()) {
        expect(row).toEqual({ text: "0" });
        break;
      }
    }
  });
});

describe("the path of a row", () => {
  const template = PathTemplate.parse("reviews/{review}");
  const twoLevels = PathTemplate.parse("shops/{shop}/reviews/{review}");
  const pathsOf = (rows: Row[], of = template): string[] => {
    const paths = new RowPaths(of);
    return rows.map((row) => paths.pathOf(row));
  };
  const rows = [{ text: "a" }, { text: "b" }, { text: "a" }, { text: "a" }, { text: "a", stars: 1 }];

  test("is the same whenever the file is read", () => {
    expect(pathsOf(rows)).toEqual(pathsOf(rows));
  });

  test("is another for each row, of equal ones too", () => {
    expect(new Set(pathsOf(rows)).size).toBe(rows.length);
  });

  test("does not depend on the rows before it, if they are others", () => {
    expect(pathsOf([{ text: "b" }])[0]).toBe(pathsOf(rows)[1]);
  });

  test("matches the template", () => {
    for (const path of pathsOf(rows)) expect(template.problem(path)).toBeUndefined();
  });

  test("has the id that the row has", () => {
    expect(pathsOf([{ id: "abc", text: "x" }, { id: 7, text: "x" }, { id: 0 }])).toEqual([
      "reviews/abc",
      "reviews/7",
      "reviews/0",
    ]);
  });

  test("has the field of the variable's name rather than the id", () => {
    expect(pathsOf([{ id: "abc", review: "def" }])).toEqual(["reviews/def"]);
  });

  test.each([[""], [null], [true], [{ nested: "x" }], [["x"]]])("does not take %j for an id", (id) => {
    expect(pathsOf([{ id, text: "x" }])[0]).toMatch(/^reviews\/[0-9a-f]{20}$/);
  });

  test("has all variables from the row's fields", () => {
    expect(pathsOf([{ shop: "7", review: "abc" }], twoLevels)).toEqual(["shops/7/reviews/abc"]);
    expect(pathsOf([{ shop: 7, id: "abc" }], twoLevels)).toEqual(["shops/7/reviews/abc"]);
    expect(pathsOf([{ shop: "7", text: "x" }], twoLevels)[0]).toMatch(/^shops\/7\/reviews\/[0-9a-f]{20}$/);
  });

  test("cannot be told without a field for each variable but the last; the error names the variable", () => {
    expect(() => pathsOf([{ id: "abc" }], twoLevels)).toThrow(InputError);
    expect(() => pathsOf([{ id: "abc" }], twoLevels)).toThrow("{shop}");
  });

  test.each(["a/b", "__x__", "..", "x".repeat(1501)])("cannot be made of the id %.20j", (id) => {
    expect(() => pathsOf([{ id }])).toThrow(InputError);
    expect(() => pathsOf([{ id }])).toThrow("{review}");
  });
});

describe("chunks", () => {
  async function* count(to: number): AsyncGenerator<number> {
    for (let i = 1; i <= to; i++) yield i;
  }

  test.each([
    [0, []],
    [2, [[1, 2]]],
    [3, [[1, 2], [3]]],
    [
      4,
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])("of two out of %d items", async (items, expected) => {
    expect(await Array.fromAsync(chunks(count(items), 2))).toEqual(expected);
  });
});
