/** Alternatives take turns in one run, so that other load on the machine affects all of them equally. */

/**
 * Gives each alternative one turn per round; each round starts with another alternative. The first round is discarded, because it fills
 * caches and compiles code.
 * @returns the outcomes of each alternative, in the order of the rounds
 */
export async function takeTurns<Outcome, Name extends string>(
  rounds: number,
  alternatives: Readonly<Record<Name, (round: number) => Promise<Outcome>>>,
): Promise<Record<Name, Outcome[]>> {
  const names = Object.keys(alternatives) as Name[];
  const outcomes = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Outcome[]>;
  for (let round = 0; round <= rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const outcome = await alternatives[name](round);
      if (round > 0) outcomes[name].push(outcome);
    }
  }
  return outcomes;
}

/** The median over the rounds of the ratio of two alternatives' figures in the same round. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((figure, round) => figure / (theirs[round] as number)));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The quantile, interpolated between the two nearest values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Rounds to a number of significant digits. */
export function round(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}
