import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Door } from './gateway/door.ts';
import type { LimitHeaders } from './gateway/limit-headers.ts';
import type { LimitVerdict } from './gateway/limit-store.ts';
import { Problem } from './problems.ts';
import { tokenOf } from './request-values.ts';

/** What lets a request in. */
export interface Admission {
  readonly door: Door;
  /** undefined where there is no limit. */
  readonly limitHeaders: LimitHeaders | undefined;
}

/**
 * The user behind a request that passed session and limiter; throws the refusal otherwise. Tells the
 * client where it stands with the limit, admitted or not.
 */
export async function admitted(
  { door, limitHeaders }: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  const tell = (limit: LimitVerdict | undefined): void => {
    if (limit !== undefined && limitHeaders !== undefined) reply.headers(limitHeaders(limit));
  };
  const result = await door.admit({ token: tokenOf(request.headers), address: request.ip });
  switch (result.kind) {
    case 'admitted':
      tell(result.limit);
      return result.identity.userId;
    case 'limited':
      tell(result.limit);
      throw new Problem('limited', { retryAfterMs: result.limit.retryAfterMs });
    case 'unauthorized':
      throw new Problem('unauthorized');
  }
}
