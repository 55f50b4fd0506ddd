/** The order in which Firestore sorts strings and paths. https://firebase.google.com/docs/firestore/manage-data/data-types */

/** Negative if `a` comes first. Firestore compares the UTF-8 bytes, JavaScript the UTF-16 units. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** The place of a UTF-16 unit by UTF-8: surrogates stand for characters beyond all others. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Negative if `a` comes first. Paths are compared segment by segment, and numeric ids come before all others. */
export function comparePaths(a: string, b: string): number {
  const [as, bs] = [a.split("/"), b.split("/")];
  for (const [i, x] of as.entries()) {
    const y = bs[i];
    if (y === undefined) return 1;
    const order = compareIds(x, y);
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

function compareIds(a: string, b: string): number {
  const [x, y] = [numberIn(a), numberIn(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (x !== undefined || y !== undefined) return x !== undefined ? -1 : 1;
  return compareStrings(a, b);
}

/** The number of a numeric id, which clients write as `__id7__`. */
function numberIn(id: string): bigint | undefined {
  const [, digits] = /^__id(-?\d+)__$/.exec(id) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}
