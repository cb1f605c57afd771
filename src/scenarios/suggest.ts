import { distance } from 'fastest-levenshtein';

/** Case, dashes and underscores set aside: `limit_per_user` is `limitPerUser` written otherwise. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/**
 * The candidate that `word` was most likely meant to be: at most one letter in three is wrong.
 * Undefined when nothing is near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const written = plain(word.slice(0, 100));
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of candidates) {
    const apart = distance(written, plain(candidate));
    if (apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}
