import type { ReferenceOptions, TargetContext } from './options.ts';
import { createReferenceTarget } from './target.ts';

/** A reference server that somebody else loads. */
export interface ServedReference {
  /** Where the reference API is. */
  readonly url: string;
  /** Where the truth (`/truth`), new sales (`/sale`) and events (`/events`) are. */
  readonly adminUrl: string;
  /** Things worth telling so far: a server process that died and was replaced. */
  incidents(): readonly string[];
  /** Stops server and database. Returns what could not be removed, a line each. */
  stop(): Promise<readonly string[]>;
}

/**
 * Starts the server with its admin routes, its sale open at once and for ever, until a sale is
 * posted.
 *
 * @param opensAtMs wall clock, ms since 1970
 */
export async function startReferenceForServe(
  options: ReferenceOptions,
  context: TargetContext,
  opensAtMs: number,
): Promise<ServedReference> {
  const target = createReferenceTarget(options, context, { admin: true });
  try {
    const { endpoint } = await target.start();
    await target.openSale({ runId: context.runId, opensAtMs, closesAtMs: undefined });
    const url = `http://${endpoint.host}:${endpoint.port}`;
    return {
      url,
      adminUrl: `${url}/admin`,
      incidents: () => target.incidents(),
      stop: () => target.stop(),
    };
  } catch (error) {
    await target.stop();
    throw error;
  }
}
