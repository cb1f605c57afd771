/**
 * Refusals on the wire: application/problem+json (RFC 9457) with a stable `code`.
 */

/** Every code the server answers with, its status and its title. */
export const problems = {
  'bad-request': { status: 400, title: 'The request is not valid.' },
  unauthorized: { status: 401, title: 'No live session goes with the request.' },
  'not-open': { status: 403, title: 'The sale has not opened yet.' },
  closed: { status: 403, title: 'The sale is over.' },
  waiting: { status: 403, title: 'The waiting room comes first.' },
  'device-limit': { status: 403, title: 'Too many devices are logged in.' },
  'not-found': { status: 404, title: 'There is nothing of that name.' },
  'sold-out': { status: 409, title: 'There is not enough left.' },
  'limit-per-user': { status: 409, title: 'The person has all they may buy.' },
  'in-progress': { status: 409, title: 'The first request with this key is still at work.' },
  'key-reuse': { status: 422, title: 'The key was used for another order.' },
  limited: { status: 429, title: 'Too many requests.' },
  'server-error': { status: 500, title: 'Something went wrong; the effect is not known.' },
  overloaded: { status: 503, title: 'Too busy; nothing was done.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** What a refusal tells, beside its code. */
export interface ProblemDetails {
  /** What is wrong with this request in particular. */
  readonly detail?: string;
  /** Overrules the code's status, for HTTP's own refusals such as 413. */
  readonly status?: number;
  /** Sent as `Retry-After`, in whole seconds, rounded up. */
  readonly retryAfterMs?: number;
}

/** A refusal. Thrown by handlers, answered by the server's error handler. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(code);
    this.code = code;
    this.status = details.status ?? problems[code].status;
    this.detail = details.detail ?? problems[code].title;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The body of the answer. */
  toJson(): string {
    const { title } = problems[this.code];
    const type = `urn:flashsim:problem:${this.code}`;
    const { status, detail, code } = this;
    return JSON.stringify({ type, title, status, detail, code });
  }
}

/** `Retry-After` in whole seconds: never earlier than the wait, never 0. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}
