/** Alternatives take turns in one run, so that what else the machine does weighs on each of them alike. */

/**
 * Lets each alternative take its turn, round by round; each round begins with another one. A round before them does not count:
 * in it caches are filled and code is compiled.
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

/** The median over the rounds of one alternative's figure by the other's in the same round. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((figure, round) => figure / (theirs[round] as number)));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Interpolated between the two nearest values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** To so many digits that matter, as a number. */
export function round(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}
