/**
 * Seeded randomness. Every draw of a run comes from a stream named by (seed, purpose, ids), so a
 * plan is a function of the seed and of who draws, not of the order in which workers get to it.
 */

/** A stream of independent draws. */
export interface Rng {
  /** Uniform on [0, 1), 53 bits. */
  next(): number;
}

/** murmur3's 32-bit finaliser: every input bit reaches every output bit. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function absorb(hash: number, word: number): number {
  return mix((Math.imul(hash, 31) + (word | 0) + 0x9e3779b9) | 0);
}

function hashString(hash: number, text: string): number {
  let h = hash;
  for (let index = 0; index < text.length; index += 1) h = absorb(h, text.charCodeAt(index));
  return absorb(h, text.length);
}

/**
 * The stream for `purpose` and `ids` under `seed`.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state keyed by murmur3 mixing.
 *
 * @param seed any safe integer
 * @param purpose what the draws are for; two purposes never share a stream
 * @param ids who draws, such as user and attempt (integers)
 */
export function rngFor(seed: number, purpose: string, ...ids: readonly number[]): Rng {
  let hash = absorb(absorb(0, seed), Math.floor(seed / 2 ** 32));
  hash = hashString(hash, purpose);
  for (const id of ids) hash = absorb(hash, id);
  let a = hash;
  let b = absorb(a, 1);
  let c = absorb(b, 2);
  let counter = absorb(c, 3);

  const nextUint32 = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round += 1) nextUint32();

  return { next: () => ((nextUint32() >>> 5) * 2 ** 26 + (nextUint32() >>> 6)) / 2 ** 53 };
}

/** Standard normal draw (Box and Muller, 1958). */
export function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

/** Exponential draw with the given mean, in the mean's unit. */
export function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.next());
}

/** Lognormal draw around a median, in the median's unit; `sigma` is that of the underlying normal. */
export function lognormal(rng: Rng, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(rng));
}
