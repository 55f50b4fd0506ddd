import type { Load, ReviewMaker } from "./load.ts";
import type { BenchModel } from "./models.ts";
import type { Emulators } from "./stage.ts";

/** The contract of a part of the benchmark. */
export interface Bench {
  rounds: number;
  /** Real reviews in one turn of lite; see {@link reviewsOf}. */
  reviews: number;
  /** Inference threads. */
  threads: number;
  loads: readonly Load[];
  models: readonly BenchModel[];
  /** Duration of each rate of the latency part, in s. */
  seconds: number;
  /** Number of reviews in the memory part. */
  soak: number;
  maker: ReviewMaker;
  /** Absent if they are not installed; the parts that need them are then skipped. */
  emulators: Emulators | undefined;
  /** Reports progress. */
  say(what: string): void;
}

/** One row of a part's table, by column: figures, or the names of what they are about. */
export type Row = Record<string, string | number>;

/** A question that the benchmark answers. */
export interface Part {
  title: string;
  /** Whether it uses no emulators, which take a minute to start and warm up. */
  inMemory?: true;
  run(bench: Bench): Promise<Row[]>;
}

/** The number of reviews in a turn: fewer where each is more work, so that all turns take about as long. */
export function reviewsOf({ reviews }: Bench, { work }: BenchModel): number {
  return Math.max(1, Math.round(reviews / work));
}
