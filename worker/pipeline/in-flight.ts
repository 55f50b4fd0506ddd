import type { Delivery } from "../../shared/queue.ts";
import { failed } from "../tracing.ts";
import type { Settlement } from "./settlement.ts";

export type OnSettled = (settlement: Settlement, delivery: Delivery, path: string | undefined) => void;

/**
 * The deliveries that were received and are neither acked nor nacked. Nothing else acks or nacks, and each delivery is settled
 * once.
 *
 * A nack is delayed by `nackDelayMs`, so that a message which cannot be processed yet is not redelivered in a tight loop where
 * the subscription has no retry policy.
 */
export class InFlight {
  readonly #open = new Set<Delivery>();
  /** Nacks that wait for their delay, each with the function that sends it now. */
  readonly #delayed = new Map<Delivery, () => void>();
  readonly #nackDelayMs: number;
  readonly #onSettled: OnSettled;
  #flushed = false;

  constructor(nackDelayMs: number, onSettled: OnSettled) {
    this.#nackDelayMs = nackDelayMs;
    this.#onSettled = onSettled;
  }

  get size(): number {
    return this.#open.size;
  }

  add(delivery: Delivery): void {
    this.#open.add(delivery);
  }

  /** Acks or nacks a delivery. Does nothing if it is settled already: work may end after {@link settleAll}. */
  settle(delivery: Delivery, settlement: Settlement, path?: string): void {
    if (!this.#open.has(delivery) || this.#delayed.has(delivery)) return;
    const finish = (send: () => void): void => {
      this.#open.delete(delivery);
      send();
      this.#onSettled(settlement, delivery, path);
    };
    if (settlement.outcome !== "retried") {
      finish(() => delivery.ack());
      return;
    }
    if (settlement.error !== undefined) failed(settlement.reason);
    if (this.#flushed) {
      finish(() => delivery.nack());
      return;
    }
    const nackNow = (): void => {
      clearTimeout(timer);
      this.#delayed.delete(delivery);
      finish(() => delivery.nack());
    };
    const timer = setTimeout(nackNow, this.#nackDelayMs);
    this.#delayed.set(delivery, nackNow);
  }

  /** Sends the delayed nacks; from now on no nack is delayed. */
  flush(): void {
    this.#flushed = true;
    for (const nackNow of this.#delayed.values()) nackNow();
  }

  /** Settles every delivery that is in flight. */
  settleAll(settlement: Settlement): void {
    for (const delivery of this.#open) this.settle(delivery, settlement);
  }
}
