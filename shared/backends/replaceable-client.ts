import { ExplainedError } from "../explained-error.ts";
import { setRunningTimeout } from "../running-timeout.ts";

/** The server has not answered a call in time. */
export class NoAnswerError extends ExplainedError {
  override readonly name = "NoAnswerError";
  override readonly exitCode = 1;
  readonly transient = true;
}

export interface ReplaceableClientOptions<T> {
  open(): T;
  /** Closes a client that has no calls any more. */
  close(client: T): Promise<unknown>;
  /** How long a client that was replaced stays open after its last call, in ms. @default 0 */
  retireMs?: number;
  /** Called with the new client after a replacement. */
  onReplaced?(client: T): void;
}

/**
 * A client of Google's with a deadline for each call. The client itself retries for up to ten minutes over the same connection, and
 * a call cannot be cancelled. That connection may be dead, or may never have been established: gRPC waits without limit for a server
 * that accepts a connection and sends nothing. So an unanswered call replaces the client, and the next call opens a new connection.
 */
export class ReplaceableClient<T extends object> {
  readonly #options: ReplaceableClientOptions<T>;
  /** The calls that each client has not answered yet. */
  readonly #calls = new WeakMap<T, number>();
  #current: T;

  constructor(options: ReplaceableClientOptions<T>) {
    this.#options = options;
    this.#current = options.open();
  }

  get current(): T {
    return this.#current;
  }

  /**
   * @param ms in which the process runs: see {@link setRunningTimeout}
   * @param late message of the error if there is no answer within `ms`
   * @throws {NoAnswerError} or what the request rejects with
   */
  async call<R>(ms: number, late: string, request: (client: T) => Promise<R>): Promise<R> {
    const used = this.#current;
    const tooLate = Promise.withResolvers<never>();
    const cancel = setRunningTimeout(() => {
      tooLate.reject(new NoAnswerError(late));
      this.#replace(used);
    }, ms);
    const calling = (async () => request(used))();
    this.#calls.set(used, (this.#calls.get(used) ?? 0) + 1);
    const ended = (): void => this.#ended(used);
    calling.then(ended, ended);
    try {
      return await Promise.race([calling, tooLate.promise]);
    } finally {
      cancel();
    }
  }

  async close(): Promise<void> {
    await this.#options.close(this.#current);
  }

  #replace(used: T): void {
    if (this.#current !== used) return;
    this.#current = this.#options.open();
    this.#options.onReplaced?.(this.#current);
  }

  /** Closes a client that was replaced, after its last call: a call that it then retries would end the process. */
  #ended(used: T): void {
    const left = (this.#calls.get(used) ?? 0) - 1;
    this.#calls.set(used, left);
    if (left > 0 || used === this.#current) return;
    const { close, retireMs = 0 } = this.#options;
    setTimeout(() => close(used).catch(() => {}), retireMs).unref();
  }
}
