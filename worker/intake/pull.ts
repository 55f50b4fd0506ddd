import type { ReviewQueue, Subscription } from "../../shared/queue.ts";
import type { DeliverySink, Intake } from "./intake.ts";

/** Pulls the subscription. Pub/Sub sends at most `maxOutstanding` messages that are not settled. */
export class PullIntake implements Intake {
  readonly #queue: Pick<ReviewQueue, "subscribe" | "reach">;
  readonly #maxOutstanding: number;
  #subscription: Subscription | undefined;

  constructor(queue: Pick<ReviewQueue, "subscribe" | "reach">, maxOutstanding: number) {
    this.#queue = queue;
    this.#maxOutstanding = maxOutstanding;
  }

  reach(): Promise<void> {
    return this.#queue.reach();
  }

  start(sink: DeliverySink): void {
    void this.#subscription?.close(0);
    this.#subscription = this.#queue.subscribe({
      maxOutstanding: this.#maxOutstanding,
      onDelivery: (delivery) => sink.receive(delivery),
      onError: (error) => sink.lost(error),
    });
  }

  async stop(graceMs: number): Promise<void> {
    await this.#subscription?.close(graceMs);
  }
}
