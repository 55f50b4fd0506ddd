import type { Load, ReviewMaker } from "./load.ts";
import type { BenchModel } from "./models.ts";
import type { Emulators } from "./stage.ts";

/** What the parts of the benchmark share. */
export interface Bench {
  rounds: number;
  /** Real reviews of one turn of lite; see {@link reviewsOf}. */
  reviews: number;
  /** Inference threads. */
  threads: number;
  loads: readonly Load[];
  models: readonly BenchModel[];
  /** How long each rate of the latency part lasts, in s. */
  seconds: number;
  /** Reviews of the memory part. */
  soak: number;
  maker: ReviewMaker;
  /** None where they are not installed: what needs them is left out then. */
  emulators: Emulators | undefined;
  /** Tells whoever waits what is going on. */
  say(what: string): void;
}

/** One line of a part's table: names of columns with figures, or what the line is about. */
export type Row = Record<string, string | number>;

/** A question that the benchmark answers. */
export interface Part {
  title: string;
  run(bench: Bench): Promise<Row[]>;
}

/** How many reviews a turn has: fewer where each is more work, so that all turns take about as long. */
export function reviewsOf({ reviews }: Bench, { work }: BenchModel): number {
  return Math.max(1, Math.round(reviews / work));
}
