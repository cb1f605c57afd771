import { BaseServer } from '../base-server.ts';
import { bucketOfTwo, limiting } from '../profiles.ts';
import { passes, type Specimen } from '../specimen.ts';
import { Refusal } from '../wire.ts';

/** Limits by a bucket of `limit` tokens, of which `limit` come back in each window. */
export class TokenBucket extends BaseServer {
  readonly #buckets = new Map<string, { readonly tokens: number; readonly atMs: number }>();

  protected override admit(userId: string): void {
    const { rateLimit } = this.promises;
    if (rateLimit === undefined) return;
    const atMs = performance.now();
    const depth = this.depth(rateLimit.limit);
    const bucket = this.#buckets.get(userId) ?? { tokens: depth, atMs };
    const refill = ((atMs - bucket.atMs) * rateLimit.limit) / rateLimit.windowMs;
    const tokens = Math.min(depth, bucket.tokens + refill);
    if (tokens < 1) throw new Refusal('limited');
    this.#buckets.set(userId, { tokens: tokens - 1, atMs });
  }

  protected depth(limit: number): number {
    return limit;
  }
}

export const tokenBucket: Specimen = {
  name: 'token-bucket',
  story: 'limits by a token bucket, as it promises',
  create: (promises) => new TokenBucket(promises),
  promises: bucketOfTwo,
  scenario: limiting,
  expected: passes,
};
