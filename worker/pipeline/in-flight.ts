import type { ReviewPath } from "../../shared/path.ts";
import type { Delivery } from "../../shared/queue.ts";
import { failed } from "../tracing.ts";
import type { Nack, Settlement } from "./settlement.ts";

export type OnSettled = (settlement: Settlement, delivery: Delivery, path: ReviewPath | undefined) => void;

export interface InFlightOptions {
  /** How long a nack is delayed, in ms. */
  nackDelayMs: number;
  /** Maximum number of deliveries that are held. */
  maxHeld: number;
}

interface Held {
  nack: Nack;
  path: ReviewPath | undefined;
  /** Runs while the nack is delayed. Without it the delivery is held because its review is retried or slow. */
  timer?: NodeJS.Timeout;
}

/**
 * The deliveries that were received and are neither acked nor nacked. Nothing else acks or nacks, and each delivery is settled
 * once.
 *
 * A delivery is held while it waits for something other than the worker: a nack that is delayed, so that Pub/Sub does not
 * redeliver it in a tight loop where the subscription has no retry policy, or a review that cannot be saved yet. Held deliveries
 * take the place of others that could be processed, so only `maxHeld` are: beyond that the longest held is nacked at once.
 */
export class InFlight {
  readonly #open = new Set<Delivery>();
  /** In the order in which they were held. */
  readonly #held = new Map<Delivery, Held>();
  readonly #options: InFlightOptions;
  readonly #onSettled: OnSettled;
  #flushed = false;

  constructor(options: InFlightOptions, onSettled: OnSettled) {
    this.#options = options;
    this.#onSettled = onSettled;
  }

  get size(): number {
    return this.#open.size;
  }

  add(delivery: Delivery): void {
    this.#open.add(delivery);
  }

  /** Whether a delivery can still be settled: it may have been nacked while its batch was running. */
  isOpen(delivery: Delivery): boolean {
    return this.#open.has(delivery) && this.#held.get(delivery)?.timer === undefined;
  }

  /** Acks or nacks a delivery. Does nothing if it is settled already: work may end after {@link settleAll}. */
  settle(delivery: Delivery, settlement: Settlement, path?: ReviewPath): void {
    if (!this.isOpen(delivery)) return;
    this.#held.delete(delivery);
    if (settlement.outcome !== "retried") {
      this.#finish(delivery, settlement, path);
      return;
    }
    if (settlement.error !== undefined) failed(settlement.reason);
    if (this.#flushed) {
      this.#finish(delivery, settlement, path);
      return;
    }
    const timer = setTimeout(() => this.#finish(delivery, settlement, path), this.#options.nackDelayMs);
    this.#hold(delivery, { nack: settlement, path, timer });
  }

  /**
   * Holds a delivery whose review cannot be finished now. It can still be settled.
   * @param nack its settlement, if there are too many others
   */
  hold(delivery: Delivery, nack: Nack, path: ReviewPath): void {
    if (!this.isOpen(delivery)) return;
    if (this.#flushed) this.#finish(delivery, nack, path);
    else if (!this.#held.has(delivery)) this.#hold(delivery, { nack, path });
  }

  /** The review of a held delivery is processed again. */
  release(delivery: Delivery): void {
    if (this.isOpen(delivery)) this.#held.delete(delivery);
  }

  /** Sends the delayed nacks; from now on no nack is delayed and nothing is held. */
  flush(): void {
    this.#flushed = true;
    for (const [delivery, { nack, path, timer }] of this.#held)
      if (timer !== undefined) this.#finish(delivery, nack, path);
  }

  /** Settles every delivery that is in flight. */
  settleAll(settlement: Settlement): void {
    for (const delivery of this.#open) this.settle(delivery, settlement);
  }

  #hold(delivery: Delivery, held: Held): void {
    this.#held.set(delivery, held);
    const [oldest] = this.#held;
    if (this.#held.size > this.#options.maxHeld && oldest !== undefined)
      this.#finish(oldest[0], oldest[1].nack, oldest[1].path);
  }

  #finish(delivery: Delivery, settlement: Settlement, path: ReviewPath | undefined): void {
    clearTimeout(this.#held.get(delivery)?.timer);
    this.#held.delete(delivery);
    this.#open.delete(delivery);
    if (settlement.outcome === "retried") delivery.nack();
    else delivery.ack();
    this.#onSettled(settlement, delivery, path);
  }
}
