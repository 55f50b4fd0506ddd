import { describe, expect, it } from "vitest";
import { progressLine } from "../../worker/cli/progress.ts";
import {
  formatBytes,
  formatCount,
  formatSeconds,
  formatTable,
  lineWidth,
  paintLabel,
} from "../../worker/cli/terminal.ts";
import { renderNextSteps, renderReviews, renderTotals } from "../../worker/demo/render.ts";
import { confusions, type Outcome } from "../../worker/demo/summary.ts";

const LONG = "A text that goes on and on, ".repeat(20).trim();

describe("a table", () => {
  it.each([40, 80, 120])("is at most %d columns wide, and shortens only its flexible column", (width) => {
    const lines = formatTable(
      ["id", "score", "text"],
      [
        ["reviews/1", "0.98", LONG],
        ["reviews/2", "0.51", "Short."],
      ],
      {
        width,
      },
    ).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBe(width);
    expect(lines[1]).toMatch(/^reviews\/1 {2}0\.98 {3}A text .*…$/);
    expect(lines[2]).toBe("reviews/2  0.51   Short.");
  });

  it("is no wider than necessary", () => {
    expect(formatTable(["a", "b"], [["1", "2"]], { width: 200 })).toBe("a  b\n1  2");
  });

  it("aligns numbers to the right", () => {
    expect(
      formatTable(
        ["n", "text"],
        [
          ["7", "x"],
          ["1000", "y"],
        ],
        { right: [0], width: 80 },
      ),
    ).toBe("   n  text\n   7  x\n1000  y");
  });

  it("may have hundreds of thousands of rows", () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => [`reviews/${i}`, "POSITIVE"]);
    const table = formatTable(["review", "is"], rows, { flexible: 0, width: 19 });
    expect(table.length).toBe(200_001 * 20 - 1 - 6);
    expect(table.slice(-40)).toBe("\nreviews/…  POSITIVE\nreviews/…  POSITIVE");
  });

  it("aligns and shortens wide characters and styled cells", () => {
    const rows = [
      ["とても良い商品です。", "\x1b[32mPOSITIVE\x1b[39m", "1"],
      ["\x1b[31mnot very good\x1b[39m", "\x1b[31mBAD\x1b[39m", "22"],
    ];
    expect(formatTable(["text", "label", "n"], rows, { flexible: 0, right: [2], width: 22 })).toBe(
      [
        "text      label      n",
        "とても…   \x1b[32mPOSITIVE\x1b[39m   1",
        "\x1b[31mnot ver\x1b[39m…  \x1b[31mBAD\x1b[39m       22",
      ].join("\n"),
    );
  });

  it("has 80 columns if the output is not a terminal, otherwise the terminal's width", () => {
    expect(lineWidth({ isTTY: false, columns: 200 })).toBe(80);
    expect(lineWidth({ isTTY: true, columns: 200 })).toBe(200);
    expect(lineWidth({ isTTY: true })).toBe(80);
  });
});

it("labels have no colour if the output is not a terminal", () => {
  expect(paintLabel("POSITIVE", { isTTY: false } as NodeJS.WriteStream)).toBe("POSITIVE");
});

describe("numbers for people:", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [999_600, "1.0 MB"],
    [67_581_197, "67.6 MB"],
    [512_000_000, "512 MB"],
    [2_500_000_000, "2.5 GB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.2, "1 s"],
    [59, "59 s"],
    [60, "1 min"],
    [200, "3 min 20 s"],
    [3_600, "1 h"],
    [7_500, "2 h 5 min"],
  ])("%d seconds are %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it("counts have separators", () => expect(formatCount(1_234_567)).toBe("1,234,567"));
});

describe("a progress bar", () => {
  it("shows share, amount and remaining time", () => {
    expect(
      progressLine("fetching", { done: 33_790_598, total: 67_581_197, share: 0.5, secondsLeft: 95, unit: "bytes" }),
    ).toBe(`fetching ${"█".repeat(12)}${"░".repeat(12)} 50 % 33.8 MB of 67.6 MB, 1 min 35 s left`);
    expect(progressLine("labelling", { done: 2_000, total: 2_000, share: 1, secondsLeft: 0, unit: "reviews" })).toBe(
      `labelling ${"█".repeat(24)} 100 % 2,000 of 2,000 reviews`,
    );
  });

  it("shows no remaining time until it can be estimated, and only a count without a total", () => {
    expect(
      progressLine("reading", { done: 0, total: 10, share: 0, secondsLeft: Number.POSITIVE_INFINITY, unit: "" }),
    ).toBe(`reading ${"░".repeat(24)} 0 % 0 of 10`);
    expect(
      progressLine("reading", { done: 1_500, total: undefined, share: 0, secondsLeft: 0, unit: "documents" }),
    ).toBe("reading 1,500 documents");
  });
});

describe("the demo's output", () => {
  const outcomes: Outcome[] = [
    { path: "reviews/a", text: "Good", label: "POSITIVE", score: 0.99, given: "POSITIVE" },
    { path: "reviews/b", text: "It is\nblue.", label: "NEGATIVE", score: 0.51, given: "NEUTRAL" },
    { path: "reviews/c", text: "Fine.", label: "NEGATIVE", score: 0.6, given: "NEUTRAL" },
    { path: "reviews/d", text: "Bad", label: "POSITIVE", score: 0.7, given: "NEGATIVE" },
    { path: "reviews/e", text: "", error: "text-blank" },
  ];
  const summary = {
    backend: "memory",
    model: "lite@4",
    reviews: 5,
    labelled: 4,
    failed: 1,
    deadLettered: 0,
    accuracy: 0.25,
    seconds: 1,
    reviewsPerSecond: 5,
    publishToLabelMs: { p50: 1, p95: 2 },
    peakRssMb: 300,
  };

  it("shows a given label only if it differs", () => {
    expect(renderReviews(outcomes, 5, 80)).toBe(
      [
        "review     label         given     score  text",
        "reviews/a  POSITIVE                 0.99  Good",
        "reviews/b  NEGATIVE      NEUTRAL    0.51  It is blue.",
        "reviews/c  NEGATIVE      NEUTRAL    0.60  Fine.",
        "reviews/d  POSITIVE      NEGATIVE   0.70  Bad",
        "reviews/e  (text-blank)",
      ].join("\n"),
    );
  });

  it("shows a review with an error, even if not all reviews are shown", () => {
    expect(renderReviews(outcomes, 2, 80)).toMatch(/^reviews\/a .*\nreviews\/e +\(text-blank\)$/m);
    expect(renderReviews([...outcomes].reverse(), 2, 80)).toMatch(/^reviews\/e .*\nreviews\/c .*$/m);
  });

  it("says when not all reviews are shown, and how to see them", () => {
    expect(renderReviews(outcomes, 2, 80)).toMatch(/\n2 of 5 reviews are shown; --rows 5 shows all$/);
    expect(renderReviews(outcomes, 5, 80)).not.toContain("--rows");
  });

  it("suggests commands that read the same file in the same way", () => {
    const file = { input: "my export.csv", field: "body", idField: "nr", labelField: "Sterne", encoding: "latin1" };
    const steps = renderNextSteps({ options: file, unread: true });
    for (const command of [
      "npm run demo -- --input 'my export.csv' --field body --id-field nr --label-field Sterne --encoding latin1  ",
      "npm run classify -- --input 'my export.csv' --field body --encoding latin1 --output labelled.csv  ",
      "npm run dashboard -- --input 'my export.csv' --field body --id-field nr --encoding latin1  ",
    ])
      expect(steps).toContain(command);
    // All commands name the model that reads the reviews.
    expect(steps.match(/ MODEL=lite-multi npm run /g)).toHaveLength(3);
    expect(renderNextSteps({ samples: "hard", unread: false })).toContain("  npm run dashboard  ");
    const multi = renderNextSteps({ options: { input: "a.csv" }, model: "lite-multi", unread: false });
    expect(multi).toContain("  MODEL=lite-multi npm run classify -- --input a.csv --output labelled.csv  ");
    expect(multi).toContain("  MODEL=lite-multi npm run dashboard -- --input a.csv  ");
  });

  it("shows control characters of texts and ids as escapes", () => {
    const evil: Outcome = { path: "reviews/\x1b[31m", text: "\x1b]0;title\x07 \x9b2J", label: "POSITIVE", score: 1 };
    const table = renderReviews([evil], 1, 80);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(table).toContain("\\x1b[31m");
  });

  it("counts confusions of labels, the most frequent first", () => {
    expect(confusions(outcomes)).toEqual([
      { given: "NEUTRAL", label: "NEGATIVE", count: 2 },
      { given: "NEGATIVE", label: "POSITIVE", count: 1 },
    ]);
    expect(renderTotals(summary, outcomes)).toContain(
      "1 of 4 labels match the file (25.0 %); the others:\n  NEUTRAL as NEGATIVE 2, NEGATIVE as POSITIVE 1\n",
    );
  });

  it("wraps the list of confusions at the terminal's width, and counts the rest of a long one", () => {
    const rare = ["A", "B", "C", "D", "E", "F"].map((given) => ({ path: "x", text: "", label: "POSITIVE", given }));
    expect(renderTotals(summary, [...outcomes, ...rare], 50)).toContain(
      [
        " the others:",
        "  NEUTRAL as NEGATIVE 2, NEGATIVE as POSITIVE 1,",
        "  A as POSITIVE 1, B as POSITIVE 1,",
        "  C as POSITIVE 1, D as POSITIVE 1, 2 more",
        "",
      ].join("\n"),
    );
  });

  it("has no latency of labels if nothing was labelled", () => {
    expect(renderTotals(summary, [])).toContain(" from publish to label ");
    expect(renderTotals({ ...summary, labelled: 0 }, [])).not.toContain("from publish to label");
  });

  it("uses the singular for one review", () => {
    expect(renderTotals({ ...summary, reviews: 1 }, [])).toMatch(/^1 review: /);
  });
});
