import type { Door } from './postgres/door.ts';
import { Problem } from './problems.ts';

/** The user behind a token that passed session and limiter; throws the refusal otherwise. */
export async function admitted(door: Door, token: string): Promise<string> {
  const result = await door.admit(token);
  switch (result.kind) {
    case 'admitted':
      return result.userId;
    case 'limited':
      throw new Problem('limited', { retryAfterMs: result.retryAfterMs });
    case 'unauthorized':
      throw new Problem('unauthorized');
  }
}
