import type { ReviewPath } from "../../shared/path.ts";
import type { Delivery } from "../../shared/queue.ts";
import { failed } from "../tracing.ts";
import { type Nack, nack, type Settlement } from "./settlement.ts";

export type OnSettled = (settlement: Settlement, delivery: Delivery, path: ReviewPath | undefined) => void;

export interface InFlightOptions {
  /** How long a nack is delayed, in ms. */
  nackDelayMs: number;
  /** A delivery that has been in flight for this time, in ms, is nacked. @default it may take any time */
  settleWithinMs?: number | undefined;
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
 *
 * Whatever a delivery waits for, it is nacked after `settleWithinMs`: whoever pushed it waits for the answer, and not forever.
 */
export class InFlight {
  /** Each with the timer that nacks it, if there is one. */
  readonly #open = new Map<Delivery, NodeJS.Timeout | undefined>();
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
    const { settleWithinMs } = this.#options;
    const nackIt = (): void => {
      const held = this.#held.get(delivery);
      this.#finish(delivery, held?.nack ?? nack("answer-due"), held?.path);
    };
    this.#open.set(delivery, settleWithinMs === undefined ? undefined : setTimeout(nackIt, settleWithinMs));
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
   * @param reason its settlement, if there are too many others
   */
  hold(delivery: Delivery, reason: Nack, path: ReviewPath): void {
    if (!this.isOpen(delivery)) return;
    if (this.#flushed) this.#finish(delivery, reason, path);
    else if (!this.#held.has(delivery)) this.#hold(delivery, { nack: reason, path });
  }

  /** Settles a delivery that is held, and no other. */
  giveUp(delivery: Delivery, settlement: Nack, path: ReviewPath): void {
    if (this.#held.has(delivery)) this.settle(delivery, settlement, path);
  }

  /** The review of a held delivery is processed again. */
  release(delivery: Delivery): void {
    if (this.isOpen(delivery)) this.#held.delete(delivery);
  }

  /** Sends the delayed nacks; from now on no nack is delayed and nothing is held. */
  flush(): void {
    this.#flushed = true;
    for (const [delivery, held] of this.#held)
      if (held.timer !== undefined) this.#finish(delivery, held.nack, held.path);
  }

  /** Settles every delivery that is in flight. */
  settleAll(settlement: Settlement): void {
    for (const delivery of [...this.#open.keys()]) this.settle(delivery, settlement);
  }

  #hold(delivery: Delivery, held: Held): void {
    this.#held.set(delivery, held);
    const [oldest] = this.#held;
    if (this.#held.size > this.#options.maxHeld && oldest !== undefined)
      this.#finish(oldest[0], oldest[1].nack, oldest[1].path);
  }

  #finish(delivery: Delivery, settlement: Settlement, path: ReviewPath | undefined): void {
    clearTimeout(this.#held.get(delivery)?.timer);
    clearTimeout(this.#open.get(delivery));
    this.#held.delete(delivery);
    this.#open.delete(delivery);
    if (settlement.outcome === "retried") delivery.nack();
    else delivery.ack();
    this.#onSettled(settlement, delivery, path);
  }
}
