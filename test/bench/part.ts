import type { Load, ReviewMaker } from "./load.ts";
import type { BenchModel } from "./models.ts";
import type { Emulators } from "./stage.ts";

/** What a part of the benchmark gets: the options, the models and the emulators. */
export interface Bench {
  rounds: number;
  /** Real reviews in one turn of lite; see {@link reviewsOf}. */
  reviews: number;
  /** Inference threads. */
  threads: number;
  loads: readonly Load[];
  models: readonly BenchModel[];
  /** Duration of each rate in the latency part, in s. */
  seconds: number;
  /** Number of reviews in the memory part. */
  soak: number;
  maker: ReviewMaker;
  /** Absent if they are not installed; parts that need them are then skipped. */
  emulators: Emulators | undefined;
  /** Reports progress. */
  say(what: string): void;
}

/** One row of a part's table, by column: names and figures. */
export type Row = Record<string, string | number>;

/** A part of the benchmark, which answers one question. */
export interface Part {
  title: string;
  /** Set if the part needs no emulators, which take a minute to start and warm up. */
  inMemory?: true;
  run(bench: Bench): Promise<Row[]>;
}

/** The number of reviews in a turn: fewer for slower models, so that all turns take about as long. */
export function reviewsOf({ reviews }: Bench, { work }: BenchModel): number {
  return Math.max(1, Math.round(reviews / work));
}
