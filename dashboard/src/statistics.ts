/** Of the normal distribution, for 95 %. */
const Z = 1.959964;

/**
 * The interval in which a share lies with 95 % confidence, 0..1: Wilson's score interval, which holds for few observations and for
 * shares near 0 and 1 too. Wilson 1927, "Probable inference, the law of succession, and statistical inference".
 * @param count how many of `total` have the property
 */
export function wilson(count: number, total: number): { low: number; high: number } {
  if (total === 0) return { low: 0, high: 1 };
  const share = count / total;
  const centre = (share + Z ** 2 / (2 * total)) / (1 + Z ** 2 / total);
  const half = (Z / (1 + Z ** 2 / total)) * Math.sqrt((share * (1 - share)) / total + Z ** 2 / (4 * total ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
