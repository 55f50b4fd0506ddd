/**
 * Notices when a server that the worker depends on no longer answers: the store, or the queue behind the subscription.
 *
 * Silence proves nothing, because a worker without messages asks for nothing. So the watchdog asks by itself whenever a server has
 * not been heard of for {@link PROBE_AFTER_MS}, and reports a server that has neither been heard of nor answered for
 * {@link SILENT_AFTER_MS}. Time in which the process did not run does not count: Cloud Run gives an instance without requests CPU only
 * for its probes.
 */
import { EventEmitter } from "node:events";

export interface WatchedServer {
  readonly name: string;
  /** Resolves when the server has answered. */
  reach(): Promise<void>;
}

export interface WatchdogEvents {
  /** A server has been silent for too long. `error` is that of the last attempt to reach it. */
  silent: [name: string, ms: number, error: Error | undefined];
  /** A server that was silent has answered. */
  answered: [name: string, ms: number];
}

export interface WatchdogOptions {
  /** @default {@link PROBE_AFTER_MS} */
  probeAfterMs?: number;
  /** @default {@link SILENT_AFTER_MS} */
  silentAfterMs?: number;
}

/** Together with the time that an answer may take it is what a review can wait for a dead connection, to the store and the queue. */
export const PROBE_AFTER_MS = 20_000;
export const SILENT_AFTER_MS = 120_000;

interface State {
  readonly server: WatchedServer;
  silentMs: number;
  isProbing: boolean;
  isReported: boolean;
  error: Error | undefined;
}

export class Watchdog extends EventEmitter<WatchdogEvents> {
  readonly #states: Map<string, State>;
  readonly #probeAfterMs: number;
  readonly #silentAfterMs: number;
  #timer: NodeJS.Timeout | undefined;
  #tickedAt = 0;

  constructor(
    servers: readonly WatchedServer[],
    { probeAfterMs = PROBE_AFTER_MS, silentAfterMs = SILENT_AFTER_MS }: WatchdogOptions = {},
  ) {
    super();
    this.#probeAfterMs = probeAfterMs;
    this.#silentAfterMs = silentAfterMs;
    this.#states = new Map(
      servers.map((server) => [
        server.name,
        { server, silentMs: 0, isProbing: false, isReported: false, error: undefined },
      ]),
    );
  }

  start(): void {
    this.#tickedAt = performance.now();
    this.#timer ??= setInterval(() => this.#tick(), this.#probeAfterMs / 2).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The server has been heard of, in whatever way. */
  heard(name: string): void {
    const state = this.#states.get(name);
    if (state === undefined) return;
    const { silentMs, isReported } = state;
    Object.assign(state, { silentMs: 0, isReported: false, error: undefined });
    if (isReported) this.emit("answered", name, silentMs);
  }

  /** For how long each server has been silent while the process was running, in ms. */
  get silence(): ReadonlyMap<string, number> {
    return new Map([...this.#states].map(([name, { silentMs }]) => [name, silentMs]));
  }

  /** The servers that have been silent for too long. */
  get silentServers(): string[] {
    return [...this.#states].flatMap(([name, { isReported }]) => (isReported ? [name] : []));
  }

  #tick(): void {
    const now = performance.now();
    const elapsed = now - this.#tickedAt;
    this.#tickedAt = now;
    // Ticks come twice as often. A process that was frozen has not been listening, and a connection may have died meanwhile: it asks.
    const wasFrozen = elapsed > this.#probeAfterMs;
    for (const [name, state] of this.#states) {
      state.silentMs = wasFrozen ? Math.max(state.silentMs, this.#probeAfterMs) : state.silentMs + elapsed;
      if (state.silentMs >= this.#probeAfterMs && !state.isProbing) void this.#probe(name, state);
      if (state.silentMs < this.#silentAfterMs || state.isReported) continue;
      state.isReported = true;
      this.emit("silent", name, state.silentMs, state.error);
    }
  }

  async #probe(name: string, state: State): Promise<void> {
    state.isProbing = true;
    try {
      await state.server.reach();
      this.heard(name);
    } catch (error) {
      state.error = error as Error;
      // A refusal is an answer: it is reported where it matters, on the next message.
      if ((error as { transient?: boolean }).transient === false) this.heard(name);
    } finally {
      state.isProbing = false;
    }
  }
}
