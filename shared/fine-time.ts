/** A time finer than a `Date`, which holds milliseconds: Firestore stores microseconds. */
export class FineTime {
  readonly milliseconds: number;
  /** 0 to 999,999 beyond the milliseconds. */
  readonly nanoseconds: number;

  constructor(milliseconds: number, nanoseconds: number) {
    this.milliseconds = milliseconds;
    this.nanoseconds = nanoseconds;
  }

  /**
   * @param text a time of ISO 8601 with its zone
   * @returns a Date where that holds the time exactly
   */
  static parse(text: string): Date | FineTime {
    const [, finer = ""] = /\.\d{3}(\d+)/.exec(text) ?? [];
    const date = new Date(text.replace(/(\.\d{3})\d+/, "$1"));
    const nanoseconds = Number(finer.slice(0, 6).padEnd(6, "0"));
    return nanoseconds === 0 ? date : new FineTime(date.getTime(), nanoseconds);
  }

  toISOString(): string {
    const nanoseconds = String(this.nanoseconds).padStart(6, "0").replace(/0+$/, "");
    return new Date(this.milliseconds).toISOString().replace("Z", `${nanoseconds}Z`);
  }
}
