import { FlashsimError, systemCodeOf } from '../../core/errors.ts';

/** An answer of the user's server, read whole and capped. */
export interface FetchedText {
  readonly status: number;
  readonly text: string;
}

/** One request outside the load: a probe of the server under test. */
export interface FetchOptions {
  readonly method: 'GET' | 'POST';
  readonly json?: unknown;
  readonly timeoutMs: number;
  /** Reading stops with an error beyond this many bytes. */
  readonly maxBytes: number;
  /** What is asked, for errors: `the truth`. */
  readonly what: string;
}

/**
 * One request outside the load. Redirects are refused: they could leave for a host that nobody
 * consented to. Throws TARGET_UNAVAILABLE when there is no whole answer.
 */
export async function fetchText(url: string, options: FetchOptions): Promise<FetchedText> {
  const { method, json, timeoutMs, maxBytes, what } = options;
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(json === undefined
        ? {}
        : { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, text: await readCapped(response, maxBytes) };
  } catch (error) {
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `No answer from the server under test when asking for ${what} at ${placeOf(url)}.`,
      why: reasonOf(error),
      fix: 'Start the server, or correct its URL.',
    });
  }
}

async function readCapped(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Origin and path only: a query may hold a secret. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  if (error instanceof Error && error.name === 'TimeoutError') return 'It took too long.';
  const cause = error instanceof Error ? error.cause : undefined;
  const first = cause instanceof AggregateError ? (cause.errors as readonly unknown[])[0] : cause;
  const code = systemCodeOf(first) ?? systemCodeOf(cause);
  return code === undefined ? 'The connection failed or the answer was cut off.' : `${code}.`;
}
