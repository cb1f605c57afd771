import { type NowNs, nsPerMs, sleep } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import type { Target } from '../targets/target.ts';

/** Two equal snapshots this far apart, at most this long (design §7). */
const apartMs = 1_000;
const giveUpMs = 30_000;

/** The snapshot that is judged, and whether everything had come to rest. */
export interface Quiesced {
  readonly truth: TruthSnapshot | undefined;
  readonly quiesced: boolean;
  /** Why there is no quiesced snapshot. */
  readonly note: string | undefined;
}

/**
 * Waits until nothing moves any more, then takes the snapshot that is judged: no request in flight
 * where the target can tell (else the client's timeout is waited out), then two equal snapshots at
 * least a second apart. Judging before that gave false "lost" and "leak" (specs, audit §2.1).
 */
export async function quiesce(
  target: Target,
  now: NowNs,
  clientTimeoutMs: number,
  signal?: AbortSignal,
): Promise<Quiesced> {
  const startNs = now();
  const expired = (): boolean => (now() - startNs) / nsPerMs > giveUpMs || signal?.aborted === true;
  try {
    if ((await target.inFlight()) === undefined)
      await sleep(Math.min(clientTimeoutMs, giveUpMs), signal);
    let last: TruthSnapshot | undefined;
    for (;;) {
      const inFlight = await target.inFlight();
      if (inFlight === undefined || inFlight === 0) {
        const truth = await target.truth();
        if (truth === undefined)
          return { truth, quiesced: false, note: 'the target shows no store' };
        if (last !== undefined && sameStore(last, truth))
          return { truth, quiesced: true, note: undefined };
        last = truth;
      }
      if (expired()) {
        const seconds = Math.round((now() - startNs) / 1e9);
        return { truth: last, quiesced: false, note: `not quiesced after ${seconds} s` };
      }
      await sleep(last === undefined ? 50 : apartMs, signal);
    }
  } catch (error) {
    return {
      truth: undefined,
      quiesced: false,
      note: `the store could not be read: ${messageOf(error)}`,
    };
  }
}

function sameStore(a: TruthSnapshot, b: TruthSnapshot): boolean {
  return canonicalJson({ ...a, takenAtMs: 0 }) === canonicalJson({ ...b, takenAtMs: 0 });
}
