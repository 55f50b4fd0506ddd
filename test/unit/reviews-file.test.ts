import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { PathTemplate } from "../../shared/path.ts";
import { chunks, fieldOf, openReviewsFile, type ReadOptions } from "../../shared/reviews-file.ts";
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

  test("are read in order, one review per line", async () => {
    expect(await read(await file(".jsonl", jsonl))).toEqual(rows);
  });

  test("are read gzipped", async () => {
    expect(await read(await file(".jsonl.gz", gzipSync(jsonl)))).toEqual(rows);
  });

  test("are read whatever the file's extension", async () => {
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

  test("keep all characters of a text, including Unicode line separators", async () => {
    const row = { text: "one\ntwo\u2028three\u2029four\u0085five 😀" };
    expect(await read(await file(".jsonl", `${JSON.stringify(row)}\n`))).toEqual([row]);
  });

  test("with many thousand reviews are read completely", async () => {
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

  test("yield the reviews before an invalid line", async () => {
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

  test("is read according to its header", async () => {
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

  test("may have rows without any value, which are skipped and counted", async () => {
    const content = 'id;text;stars\n;;\n1;fine;5\n" ";"";\n;;;;\n2;;\n;;\n';
    const opened = await openReviewsFile(await file(".csv", content));
    for (let time = 0; time < 2; time++) {
      expect(await Array.fromAsync(opened.rows())).toEqual([
        { id: "1", text: "fine", stars: "5" },
        { id: "2", text: "", stars: "" },
      ]);
      expect(opened.blankRows?.()).toBe(4);
    }
    expect((await errorOf(await file(".csv", `${content}3;bad\n`))).message).toMatch(/line 8: the row has 2 fields/);
    // Also above the header.
    expect(await read(await file(".csv", ";;\nid;text;stars\n1;fine;5\n"))).toHaveLength(1);
  });

  test.each([
    ["Windows below a Unix header", 'text,n\ngood,1\r\n"a\nb",2\n'],
    ["Unix below a Windows header", 'text,n\r\ngood,1\n"a\nb",2\r\n'],
    ["doubled carriage returns", 'text,n\r\r\ngood,1\r\r\n"a\nb",2\r\r\n'],
    ["the old Mac", 'text,n\rgood,1\r"a b",2\r'],
    ["the old Mac, with another in a text", 'text,n\rgood,1\r"a\nb",2\r'],
    ["the old Mac, with another in the header", '"text",n,"a\nb"\rgood,1,\rbad,2,\r'],
    ["the old Mac, except at the end", "text,n\rgood,1\rbad,2\n"],
  ])("may have the line ends of %s", async (_, content) => {
    const [first, second] = await read(await file(".csv", content));
    expect(first).toMatchObject({ text: "good", n: "1" });
    expect(second).toMatchObject({ n: "2" });
  });

  test("counts any line end inside a quoted field as one line", async () => {
    const content = 'text,stars\n"One\r\ntwo\r\nthree",4\n\nfine,5\nonly one\n';
    expect((await errorOf(await file(".csv", content))).message).toMatch(
      /line 7: the row has 1 field and the header 2:/,
    );
    const path = await file(".csv", content.replace("only one\n", "bad,6\n"));
    const check = ({ stars }: Row): string | undefined => (stars === "6" ? "six stars" : undefined);
    expect((await errorOf(path, { check })).message).toMatch(/line 7: six stars/);
    // A record of several lines is named by its first one.
    const four = ({ stars }: Row): string | undefined => (stars === "4" ? "four stars" : undefined);
    expect((await errorOf(path, { check: four })).message).toMatch(/line 2: four stars/);
    const long = await file(".csv", 'text,stars\n"One\ntwo",4,5\n');
    expect((await errorOf(long)).message).toMatch(/line 2: the row has 3 fields/);
    // A carriage return is a line end in files of old Macs only.
    const returned = await file(".csv", 'text,stars\n"One\rtwo",4\n');
    expect((await errorOf(returned, { check: four })).message).toMatch(/line 2: four stars/);
    const mac = await file(".csv", 'text,stars\r"One\rtwo",5\rbad,6\r');
    expect((await errorOf(mac, { check })).message).toMatch(/line 4: six stars/);
    const mixed = await file(".csv", 'text,stars\r"One\ntwo\r\nthree",4\rbad,6\r');
    expect((await errorOf(mixed, { check })).message).toMatch(/line 5: six stars/);
    expect((await errorOf(mixed, { check: four })).message).toMatch(/line 2: four stars/);
  });

  test.each([
    [
      "text;stars\nIt fits; I like it;5\n",
      "the row has 3 fields and the header 2: a field that contains a semicolon must be in quotes",
    ],
    [
      "text\tstars\tn\nfine\t5\n",
      "the row has 2 fields and the header 3: a separator is missing, or a field that contains a line break is not in quotes",
    ],
    [
      'text,stars\na "fine" pan,5\n',
      'a field contains a quote: write it twice (""), and put the whole field in quotes',
    ],
    [
      "My reviews;\nfine;5\n",
      "column 2 has a value but no name in the header; name it there, or delete the lines above the header if there are any",
    ],
  ])("with a row that does not fit is refused, and the error says what to do: %j", async (content, problem) => {
    const { message } = await errorOf(await file(".csv", content));
    expect(message.split("line 2: ")[1]).toBe(problem);
  });

  test("with only a header has no reviews", async () => {
    expect(await read(await file(".csv", "text,stars\n"))).toEqual([]);
  });

  test.each([
    ["too few columns", "text,stars\nfine,5\nonly one\n", 3],
    ["too many columns", "text,stars\nfine,5\na,b,c\n", 3],
    ["a quote that is not closed", 'text,stars\nfine,5\n"never closed,5\n', 3],
    ["a quote that is not closed before other rows", 'text,stars\nfine,5\n"never closed,5\nok,4\nok,4\n', 3],
    ["a quote that is not closed behind blank lines", 'text,stars\n\n"two\nlines",5\n\n\n"never closed,5\nok,4\n', 7],
    ["a quote in an unquoted field", 'text,stars\nfine,5\na secret "text",5\n', 3],
    ["a quote that is not doubled", 'text,stars\nfine,5\n"a secret "text"",5\n', 3],
  ])("with %s is refused, with file and line", async (_, content, line) => {
    const path = await file(".csv", content);
    const { message } = await errorOf(path);
    expect(message).toContain(path);
    expect(message).toMatch(new RegExp(`line ${line}`));
    expect(message).not.toMatch(/secret|only one|never/);
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

  test.each([".jsonl.gz", ".csv.gz"])("that is truncated gzip is refused by name (%s)", async (ending) => {
    const whole = gzipSync(Array.from({ length: 5_000 }, (_, i) => `{"text":"review ${i} ${Math.sin(i)}"}`).join("\n"));
    const path = await file(ending, whole.subarray(0, whole.length / 2));
    expect((await errorOf(path)).message).toContain(path);
  });

  test("reports its size and how much has been read", async () => {
    const path = await file(".jsonl.gz", gzipSync('{"text":"I love it"}\n'));
    const opened = await openReviewsFile(path);
    expect(opened.bytes).toBeGreaterThan(0);
    expect(opened.bytesRead()).toBe(0);
    await Array.fromAsync(opened.rows());
    expect(opened.bytesRead()).toBe(opened.bytes);
  });

  test("need not be read to its end", async () => {
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
    return rows.map((row) => paths.pathOf(row).path);
  };
  const rows = [{ text: "a" }, { text: "b" }, { text: "a" }, { text: "a" }, { text: "a", stars: 1 }];

  test("is the same whenever the file is read", () => {
    expect(pathsOf(rows)).toEqual(pathsOf(rows));
  });

  test("differs for each row, even for equal ones", () => {
    expect(new Set(pathsOf(rows)).size).toBe(rows.length);
  });

  test("does not depend on different rows before it", () => {
    expect(pathsOf([{ text: "b" }])[0]).toBe(pathsOf(rows)[1]);
  });

  test("matches the template", () => {
    for (const path of pathsOf(rows)) expect(template.check(path)).toEqual({ path });
  });

  test("uses the row's id", () => {
    expect(pathsOf([{ id: "abc", text: "x" }, { id: 7, text: "x" }, { id: 0 }])).toEqual([
      "reviews/abc",
      "reviews/7",
      "reviews/0",
    ]);
  });

  test("prefers the field with the variable's name to the id", () => {
    expect(pathsOf([{ id: "abc", review: "def" }])).toEqual(["reviews/def"]);
  });

  test.each([[""], [null], [true], [{ nested: "x" }], [["x"]]])("does not use %j as an id", (id) => {
    expect(pathsOf([{ id, text: "x" }])[0]).toMatch(/^reviews\/[0-9a-f]{20}$/);
  });

  test("takes all variables from the row's fields", () => {
    expect(pathsOf([{ shop: "7", review: "abc" }], twoLevels)).toEqual(["shops/7/reviews/abc"]);
    expect(pathsOf([{ shop: 7, id: "abc" }], twoLevels)).toEqual(["shops/7/reviews/abc"]);
    expect(pathsOf([{ shop: "7", text: "x" }], twoLevels)[0]).toMatch(/^shops\/7\/reviews\/[0-9a-f]{20}$/);
  });

  test("is never the text, whatever the variable is called", () => {
    const paths = new RowPaths(template, { textField: "review" });
    const [first, second] = [{ review: "Great" }, { review: "Great" }].map((row) => paths.pathOf(row).path);
    expect(first).toMatch(/^reviews\/[0-9a-f]{20}$/);
    expect(second).not.toBe(first);
    expect(() => pathsOf([{ review: "I love this dress", text: "x" }])).toThrow(/holds no ids: .*--id-field/);
  });

  test("uses the field that --id-field names", () => {
    const paths = new RowPaths(template, { idField: "meta.key" });
    expect(paths.pathOf({ id: "1", review: "a b", meta: { key: "x7" } }).path).toBe("reviews/x7");
    expect(() => paths.pathOf({ id: "1" })).toThrow('no id in the field "meta.key"; its fields are "id"');
  });

  test.each([
    { review_id: "x7" },
    { reviewId: "x7" },
    { "Review ID": "x7", Id: "1" },
    { Id: "x7" },
    { ID: "x7" },
    { Id: "", ID: "x7" },
    { ID: "1", id: "x7" },
  ])("finds an id under its usual names: %j", (row) => {
    expect(pathsOf([row])).toEqual(["reviews/x7"]);
  });

  test("is a digest if no field is named for ids, which is counted", () => {
    const paths = new RowPaths(template, { textField: "Id" });
    for (const row of [{ Id: "the text" }, { Id: "the text", guid: "1", paid: "2" }, { Id: "the text", id: 7 }])
      paths.pathOf(row);
    expect(paths.digested).toBe(2);
  });

  test("may be that of an equal row, but not of another review, whose lines are remembered", () => {
    const paths = new RowPaths(template);
    const repeated = ["a", "b", "a", "a"].map((id, i) => paths.pathOf({ id, text: "x" }, i + 2).isRepeated);
    expect({ repeated, conflicts: paths.conflicts }).toEqual({ repeated: [false, false, true, true], conflicts: [] });
    for (const text of ["y", "z"]) expect(paths.pathOf({ id: "b", text }, 9).isRepeated).toBe(false);
    const conflict = { path: "reviews/b", lines: [3, 9] };
    expect(paths.conflicts).toEqual([conflict, conflict]);
    for (let i = 0; i < 100; i++) paths.pathOf({ id: "b", text: i });
    expect(paths.conflicts).toHaveLength(10);
  });

  test.each(["1.23457E+12", "1,23457E+12", "1E+15"])("is not the id %s, which a spreadsheet has shortened", (id) => {
    expect(() => pathsOf([{ "Review ID": id }])).toThrow(
      `the field "Review ID" holds ${id}: a spreadsheet has shortened a number`,
    );
    expect(() => pathsOf([{ shop: id, id: "1" }], twoLevels)).toThrow('the field "shop" holds');
  });

  test("may be an id that only looks like a shortened number", () => {
    for (const id of ["1E5", "12E3", "12E+3", "1E+5x"]) expect(pathsOf([{ id }])).toEqual([`reviews/${id}`]);
  });

  test("needs a field for each variable except the last; the error names the missing one", () => {
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

  test("are smaller if the rows are large, so that they fit into memory", async () => {
    async function* rows() {
      for (let i = 0; i < 9; i++) yield { text: "good", more: { image: ["x".repeat(4 * 2 ** 20)] } };
    }
    const sizes = (await Array.fromAsync(chunks(rows(), 512))).map(({ length }) => length);
    expect(sizes).toEqual([4, 4, 1]);
  });
});

describe("numbers too large for JavaScript", () => {
  test("keep their digits, also as document ids", async () => {
    const path = await file(".jsonl", '{"id":765432109876760513,"n":1e999}\n{"id":765432109876760514,"n":0.5}\n');
    const rows = await read(path);
    expect(rows.map((row) => JSON.stringify(row))).toEqual([
      '{"id":765432109876760513,"n":1e999}',
      '{"id":765432109876760514,"n":0.5}',
    ]);
    const paths = new RowPaths(PathTemplate.parse("reviews/{review}"));
    expect(rows.map((row) => paths.pathOf(row).path)).toEqual([
      "reviews/765432109876760513",
      "reviews/765432109876760514",
    ]);
  });
});

describe("a JSON array", () => {
  const rows = [{ text: 'one, [two] "three" \\', n: { a: [1, 2] } }, { text: "}]" }];

  test.each([
    ["on one line", JSON.stringify(rows)],
    ["indented", JSON.stringify(rows, null, 2)],
    ["with white space around", ` \n${JSON.stringify(rows)}\r\n `],
    ["with a mark", `\uFEFF${JSON.stringify(rows)}`],
  ])("is read %s", async (_, content) => {
    expect(await read(await file(".json", content))).toEqual(rows);
    expect(await read(await file(".json.gz", gzipSync(content)))).toEqual(rows);
  });

  test("without elements has no reviews", async () => {
    expect(await read(await file(".json", "[]"))).toEqual([]);
  });

  test("with many thousand reviews is read completely", async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ text: `Review ${i} é😀 "]` }));
    expect(await read(await file(".json", JSON.stringify(many)))).toEqual(many);
  });

  test.each([
    ["that is cut off", '[{"text":"a"},\n{"text":"b"', /line 2: the JSON array is cut off/],
    ["with text behind it", '[{"text":"a"}]\nx', /line 2: text follows the end/],
    ["of strings", '[{"text":"a"},\n\n"b"]', /line 3: not an object/],
    ["with an empty element", '[{"text":"a"},,{"text":"b"}]', /an element is missing/],
    ["with a broken element", '[{"text":"a"},\n{"text":}]', /line 2: not JSON/],
  ])("%s is refused with the line", async (_, content, message) => {
    expect((await errorOf(await file(".json", content))).message).toMatch(message);
  });
});

test("an object over several lines is refused, and the error says how to convert it", async () => {
  expect((await errorOf(await file(".json", '{\n  "text": "a"\n}\n'))).message).toMatch(/line 1: .*jq -c/);
});

describe("the separator of CSV", () => {
  const rows = [{ text: "a, b; c", n: "1" }];
  test.each([
    ["comma", ".CSV", '"text",n\n"a, b; c",1\n'],
    ["semicolon", ".csv", 'text;n\n"a, b; c";1\n'],
    ["tab", ".TSV", "text\tn\na, b; c\t1\n"],
    ["bar", ".csv", "text|n\na, b; c|1\n"],
    ["what Excel's first line says", ".csv", 'sep=;\r\ntext;n\r\n"a, b; c";1\r\n'],
    ["the same in quotes", ".csv", '"sep=;"\r\ntext;n\r\n"a, b; c";1\r\n'],
    ["found beside quoted names that hold others", ".csv", 'text;n\n"a, b; c";1\n'],
  ])("may be %s", async (_, ending, content) => {
    expect(await read(await file(ending, content))).toEqual(rows);
  });

  test("is not taken from a quoted name", async () => {
    expect(await read(await file(".csv", '"a;b;c;d",n\nx,1\n'))).toEqual([{ "a;b;c;d": "x", n: "1" }]);
  });

  test("is found without a file extension if the header names the text", async () => {
    for (const header of ["n;text", '"n";"text"'])
      expect(await read(await file(".txt", `${header}\n1;fine\n`), { field: "text" })).toEqual([
        { n: "1", text: "fine" },
      ]);
  });
});

describe("the header of CSV", () => {
  test("must not contain a name twice", async () => {
    expect((await errorOf(await file(".csv", "text,stars,text\na,1,b\n"))).message).toContain('"text" twice');
  });

  test("may contain any name", async () => {
    const [row] = await read(await file(".csv", "__proto__,constructor,text\nx,y,good\n"));
    expect(Object.entries(row as object)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["text", "good"],
    ]);
  });

  test("may end with unnamed columns, as spreadsheets write them, if they are empty", async () => {
    expect(await read(await file(".csv", "text,n,,\na,1,,\n"))).toEqual([{ text: "a", n: "1" }]);
    expect((await errorOf(await file(".csv", "text,n,,\na,1,,\nb,2,x,\n"))).message).toMatch(
      /line 3: column 3 has a value/,
    );
  });
});

describe("an encoding", () => {
  const jsonl = '{"text":"good"}\n{"text":"café"}\n';

  test.each([".jsonl", ".csv"])("that is not UTF-8 is refused with the line and the option (%s)", async (ending) => {
    const content = Buffer.from(ending === ".csv" ? "text\ngood\ncafé\n" : `\n${jsonl}`, "latin1");
    expect((await errorOf(await file(ending, content))).message).toMatch(
      /line 3: not UTF-8\. Name the encoding that reads the file right: --encoding windows-1252 \(it reads "café"\) or --encoding macintosh \(it reads "cafÈ"\)\. /,
    );
  });

  test("that is not UTF-8 is found on its line far into a file", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `{"text":"é ${i}"}`);
    const before = Buffer.from(`${lines.join("\n")}\n`);
    const bad = Buffer.concat([before, Buffer.from('{"text":"caf\xe9"}\n', "latin1"), before]);
    expect((await errorOf(await file(".jsonl", bad))).message).toContain("line 30001: not UTF-8");
  });

  test("that a spreadsheet of a Mac or of DOS has written is refused with a word as each candidate reads it", async () => {
    const message = async (content: string) =>
      (await errorOf(await file(".csv", Buffer.from(content, "latin1")))).message;
    expect(await message('text;n\nSehr "sch\x9an", gern;1\n')).toContain(
      '--encoding windows-1252 (it reads "schšn") or --encoding macintosh (it reads "schön")',
    );
    // ü; the byte is a control character in windows-1252.
    expect(await message("text;n\nf\x81r uns;1\n")).toMatch(
      /right: --encoding macintosh \(it reads "fÅr"\)\. For an encoding of DOS, .*iconv -f CP850 -t UTF-8 FILE > NEW$/,
    );
    expect(await message(`text\n${"\xe9".repeat(41)}\n`)).toContain("--encoding windows-1252 or --encoding macintosh.");
  });

  test.each(["cp850", "IBM850", "cp-437"])("of DOS is refused with how to go on: %s", async (encoding) => {
    expect((await errorOf(await file(".csv", "text\ngood\n"), { encoding })).message).toMatch(
      /^--encoding \S+: this encoding of DOS is not supported; .*iconv -f CP(850|437) -t UTF-8 FILE > NEW$/,
    );
  });

  test("with a truncated last character is refused", async () => {
    const content = Buffer.from(jsonl.trimEnd());
    expect((await errorOf(await file(".jsonl", content.subarray(0, -3)))).message).toContain("line 2: not UTF-8");
  });

  test("may be named", async () => {
    const path = await file(".jsonl", Buffer.from(jsonl, "latin1"));
    expect(await read(path, { encoding: "windows-1252" })).toEqual([{ text: "good" }, { text: "café" }]);
    expect((await errorOf(path, { encoding: "klingon" })).message).toContain("--encoding klingon: unknown");
  });

  test.each(["windows-1252", "latin1", "koi8-r", "shift_jis"])(
    "that is UTF-8 with a byte order mark is not read as %s",
    async (encoding) => {
      const path = await file(".csv", "\uFEFFtext,Opinión\ngood,1\n");
      expect((await errorOf(path, { encoding })).message).toMatch(/is UTF-8, not [^ ]+: leave out --encoding$/);
      expect(await read(path, { encoding: "utf-8" })).toEqual([{ text: "good", Opinión: "1" }]);
    },
  );

  test("that is UTF-8 is not read as one with a byte per character", async () => {
    // Ends within a character of UTF-8, as the first bytes of a long file may.
    const long = await file(".csv", Buffer.from(`text\n${"it is é, ".repeat(1_000)}\n`));
    for (const path of [long, await file(".jsonl", jsonl)])
      expect((await errorOf(path, { encoding: "iso-8859-15" })).message).toContain("is UTF-8, not iso-8859-15");
    // Valid UTF-8 too, but Chinese.
    const gbk = await file(".csv", Buffer.from([...Buffer.from("text\n"), 0xc1, 0xaa, 0xcd, 0xa8, 0x0a]));
    expect(await read(gbk, { encoding: "gbk" })).toEqual([{ text: "联通" }]);
    expect(await read(await file(".csv", "text\ngood\n"), { encoding: "windows-1252" })).toEqual([{ text: "good" }]);
  });

  test("of UTF-16 is recognised by its byte order mark", async () => {
    const path = await file(".txt", Buffer.from("\uFEFFtext\tn\r\ncafé\t1\r\n", "utf16le"));
    expect(await read(path, { field: "text" })).toEqual([{ text: "café", n: "1" }]);
  });
});

/** A ZIP archive as far as its central directory, without compression. */
const zipOf = (files: Record<string, string>): string =>
  Object.entries(files)
    .map(([name, content]) => `PK\x03\x04${"\0".repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}${content}`)
    .join("");

const OASIS = "application/vnd.oasis.opendocument";

describe("a file of another format is refused with a clear error:", () => {
  test.each([
    [
      "xlsx",
      zipOf({ "[Content_Types].xml": "", "xl/workbook.xml": "" }),
      /is an Excel workbook: save the sheet as "CSV UTF-8"/,
    ],
    ["docx", zipOf({ "[Content_Types].xml": "", "word/document.xml": "" }), /is a Word document: export/],
    ["ods", zipOf({ mimetype: `${OASIS}.spreadsheet` }), /an OpenDocument spreadsheet: save/],
    ["odt", zipOf({ mimetype: `${OASIS}.text` }), /is an OpenDocument file: export/],
    ["numbers", zipOf({ "Index/Document.iwa": "" }), /of Apple Numbers or Pages: export/],
    ["zip", zipOf({ "reviews.csv": "text\ndocProps/", "notes/xl/a.txt": "" }), /is a ZIP archive: extract it first/],
    ["parquet", "PAR1\x15\x04\x15", /is a Parquet file: convert it/],
    ["xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", /old Excel/],
    ["zst", "\x28\xB5\x2F\xFD\x04", /unzstd/],
    ["db", "SQLite format 3\0", /SQLite database/],
    ["lz4", "\x04\x22\x4D\x18aaaa", /unlz4/],
    ["Z", "\x1F\x9Daaaa", /uncompress/],
    ["rtf", "{\\rtf1 Great.}", /in RTF/],
    ["tar", `${"reviews.csv".padEnd(257, "\0")}ustar\x0000`, /tar archive/],
    ["empty.zip", "PK\x05\x06\0\0", /empty ZIP/],
    ["bin", "\x7fELF\0\0\0", /is not text/],
    ["html", "<!DOCTYPE html><html>", /is HTML or XML/],
    ["xml", "<reviews><review>Great.</review></reviews>", /is HTML or XML/],
    ["utf32", "\xFF\xFE\0\0t\0\0\0", /is UTF-32 text: convert it/],
  ])("%s", async (ending, content, message) => {
    for (const name of [`.${ending}`, ".csv"]) {
      const path = await file(name, Buffer.from(content, "latin1"));
      expect((await errorOf(path)).message).toMatch(message);
    }
    const zipped = await file(`.${ending}.gz`, gzipSync(Buffer.from(content, "latin1")));
    expect((await errorOf(zipped)).message).toMatch(message);
  });

  test("the error suggests how to unpack a gzipped file of another format", async () => {
    const zip = await file(".zip.gz", gzipSync(Buffer.from(zipOf({ "reviews.csv": "" }), "latin1")));
    expect((await errorOf(zip)).message).toBe(
      `${zip} is gzipped, and the file inside is a ZIP archive: extract it first, for example \`unzip ${zip.slice(0, -3)}\``,
    );
    const tar = await file(".tar.gz", gzipSync(`${"reviews.csv".padEnd(257, "\0")}ustar\x0000`));
    expect((await errorOf(tar)).message).toMatch(`\`tar -xf ${tar}\``);
  });

  test("a CSV file is read whatever the names of its columns", async () => {
    expect(await read(await file(".csv", "ORCID,text\n1,Great."))).toEqual([{ ORCID: "1", text: "Great." }]);
  });

  test("truncated, damaged or doubly gzipped data is reported as such", async () => {
    const zipped = gzipSync("text\n".repeat(1_000));
    expect((await errorOf(await file(".csv.gz", zipped.subarray(0, -10)))).message).toMatch(/data is cut off/);
    zipped[15] = ~(zipped[15] as number);
    expect((await errorOf(await file(".csv.gz", zipped))).message).toMatch(/data is damaged/);
    expect((await errorOf(await file(".csv.gz", gzipSync(gzipSync("text\n"))))).message).toMatch(/is gzipped twice/);
  });

  test("a gzipped file is read whatever its name", async () => {
    expect(await read(await file(".jsonl", gzipSync('{"text":"a"}')))).toEqual([{ text: "a" }]);
  });
});

describe("a record", () => {
  const huge = "x".repeat(5 * 2 ** 20);
  test.each([
    ["a line of JSON", ".jsonl", `{"text":"a"}\n{"text":"${huge}"}\n`],
    ["an element of a JSON array", ".json", `[{"text":"a"},\n{"text":"${huge}"}]`],
    ["a quoted field of CSV", ".csv", `text\n"${huge}`],
  ])("that is larger than any review is refused with its line: %s", async (_, ending, content) => {
    expect((await errorOf(await file(ending, content))).message).toMatch(/line 2: longer than 4 Mi characters/);
  });

  test("that unpacks to far more than its file is refused before it is in memory", async () => {
    const bomb = gzipSync(Buffer.alloc(300_000_000, "x"));
    const before = process.memoryUsage().rss;
    expect((await errorOf(await file(".jsonl.gz", bomb))).message).toMatch(/line 1: longer than 4 Mi characters/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  test("that is nested deeper than any document is refused", async () => {
    const path = await file(".jsonl", `{"text":"a","x":${"[".repeat(50_000)}${"]".repeat(50_000)}}\n`);
    expect((await errorOf(path)).message).toMatch(/line 1: nested more than 100 levels/);
  });
});

describe("the field of the text", () => {
  test.each([
    [".jsonl", '{"review":"a","stars":5}\n{"review":"b"}\n', '"review", "stars"'],
    [".csv", "review,stars\na,5\n", '"review", "stars"'],
  ])("must exist; the error lists the existing fields and names the option (%s)", async (ending, content, fields) => {
    const { message } = await errorOf(await file(ending, content), { field: "text" });
    expect(message).toContain(`no field "text" with the text; it has ${fields}. Name the one with the text by --field`);
  });

  test("must be a column if the file is not JSON; the error explains CSV and plain text", async () => {
    const { message } = await errorOf(await file(".txt", "Great\nBad\n"), { field: "text" });
    expect(message).toMatch(/neither JSON lines nor CSV with a column "text": .*\.csv; .* classify - < FILE$/);
  });

  test("is suggested if its name is only spelled differently", async () => {
    const path = await file(".csv", "Review Text,n\nfine,1\n");
    expect((await errorOf(path, { field: "review_text" })).message).toMatch(
      /has no field "review_text" with the text \(did you mean "Review Text"\?\); it has "Review Text", "n"\. /,
    );
    expect((await errorOf(path, { field: "body" })).message).not.toContain("did you mean");
  });

  test("may be missing in some rows", async () => {
    const content = '{"n":1}\n{"text":"a"}\n{"n":2}\n';
    expect(await read(await file(".jsonl", content), { field: "text" })).toHaveLength(3);
  });

  test("may be dotted, for a nested field or as a column's name", async () => {
    expect(await read(await file(".jsonl", '{"content":{"body":"a"}}\n'), { field: "content.body" })).toHaveLength(1);
    const [row] = await read(await file(".csv", "content.body,n\na,1\n"), { field: "content.body" });
    expect(fieldOf(row as Row, "content.body")).toBe("a");
    expect(fieldOf({ content: { body: "b" } }, "content.body")).toBe("b");
    expect(fieldOf({ content: "b" }, "content.length")).toBeUndefined();
    expect(fieldOf({}, "constructor.name")).toBeUndefined();
  });
});

test("a failed check stops the file and names the line", async () => {
  const check = (row: Row): string | undefined => (row.text === "b" ? "b is not wanted" : undefined);
  const path = await file(".csv", "text\na\nb\n");
  expect((await errorOf(path, { check })).message).toBe(`${path}, line 3: b is not wanted`);
});

test("plain text is one review per line if that is allowed", async () => {
  const path = await file(".txt", "I love it\n\n  Broke, at once\r\n");
  expect(await read(path, { field: "text", plainText: true })).toEqual([
    { text: "I love it" },
    { text: "  Broke, at once" },
  ]);
});
