import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Delivery } from "../../shared/queue.ts";
import { createLogger, logPipeline, rateLimitedLog } from "../../worker/log.ts";
import type { PipelineEvents } from "../../worker/pipeline/pipeline.ts";
import type { Settlement } from "../../worker/pipeline/settlement.ts";
import { modelId, reviewPath } from "../ids.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a warning that may occur with every request is logged at once, and then once a minute with a count", () => {
  const log = createLogger("info");
  const entries: unknown[] = [];
  vi.spyOn(log, "warn").mockImplementation((entry: unknown, message?: unknown) => void entries.push([message, entry]));
  const refused = rateLimitedLog(log, "warn", "push refused");
  for (let i = 0; i < 5; i++) refused("no-token");
  refused("other-account");
  expect(entries).toEqual([
    ["push refused", { reason: "no-token", times: 1 }],
    ["push refused", { reason: "other-account", times: 1 }],
  ]);
  // The flood has ended, but its count is still logged.
  vi.advanceTimersByTime(60_001);
  expect(entries.slice(2)).toEqual([["push refused", { reason: "no-token", times: 4 }]]);
  refused("no-token");
  vi.advanceTimersByTime(60_001);
  expect(entries.slice(3)).toEqual([["push refused", { reason: "no-token", times: 1 }]]);
  vi.advanceTimersByTime(60_001);
  refused("no-token");
  expect(entries.slice(4)).toEqual([["push refused", { reason: "no-token", times: 1 }]]);
});

test("the summary counts reviews without a label by error, and the first one in another language is a warning", () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("info", undefined, { write: (line) => void lines.push(JSON.parse(line)) });
  const pipeline = Object.assign(new EventEmitter<PipelineEvents>(), { model: modelId("lite@8"), backlog: 0 });
  const stop = logPipeline(pipeline, log);
  const settle = (settlement: Settlement): void => {
    pipeline.emit("settled", settlement, { id: "1" } as Delivery, reviewPath("reviews/a"));
  };
  settle({ outcome: "labelled", label: "POSITIVE", score: 0.9 });
  for (const reason of ["language-unsupported", "text-blank", "language-unsupported"] as const)
    settle({ outcome: "unclassifiable", reason });
  expect(lines).toMatchObject([
    {
      severity: "WARNING",
      path: "reviews/a",
      model: "lite@8",
      message: expect.stringMatching(/MODEL=lite-multi reads twelve languages/),
    },
  ]);
  vi.advanceTimersByTime(60_001);
  settle({ outcome: "unchanged" });
  vi.advanceTimersByTime(60_001);
  settle({ outcome: "unclassifiable", reason: "language-unsupported" });
  stop();
  const summaries = lines.slice(1).map(({ severity: _1, time: _2, ...entry }) => entry);
  expect(summaries).toEqual([
    {
      messages: { labelled: 1, unclassifiable: 3 },
      unclassifiableBecause: { "language-unsupported": 2, "text-blank": 1 },
      backlog: 0,
      message: "messages settled",
    },
    { messages: { unchanged: 1 }, backlog: 0, message: "messages settled" },
    {
      messages: { unclassifiable: 1 },
      unclassifiableBecause: { "language-unsupported": 1 },
      backlog: 0,
      message: "messages settled",
    },
  ]);
});
