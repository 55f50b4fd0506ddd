import type { Delivery } from "../../shared/queue.ts";

/** Where messages come from: a subscription that is pulled, Pub/Sub pushes, or Eventarc events. */
export interface Intake {
  /**
   * Resolves when the server behind the intake has answered. An intake that is called, and calls nobody, has no such server.
   * @throws {Error} if it does not answer; with `transient: false` if it never will as it is configured
   */
  reach?(): Promise<void>;
  /** Begins to deliver, or begins again after it was lost. */
  start(sink: DeliverySink): void;
  /**
   * Stops delivering at once, and resolves when the settlements of what it has delivered have been sent.
   * @param graceMs resolves after this time whatever is still in flight
   */
  stop(graceMs: number): Promise<void>;
}

/** Where an intake delivers to. */
export interface DeliverySink {
  /** Settles the delivery sooner or later. */
  receive(delivery: Delivery): void;
  /** Whether as many messages are in flight as may be: an intake that can refuse messages refuses them now. */
  isAtCapacity(): boolean;
  /** The intake will deliver nothing more, for example because its subscription was deleted. */
  lost(error: Error): void;
}
