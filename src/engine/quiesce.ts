import { type NowNs, nsPerMs, sleep } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import type { Target } from '../targets/target.ts';

/** Two equal snapshots this far apart, at most this long. */
const apartMs = 1_000;
const giveUpMs = 30_000;
const pollMs = 50;
const storeHidden = 'the target shows no store; target.http.truth would';

/** The snapshot that is judged, and whether everything had come to rest. */
export interface Quiesced {
  readonly truth: TruthSnapshot | undefined;
  readonly quiesced: boolean;
  /** Why there is no quiesced snapshot. */
  readonly note: string | undefined;
}

/**
 * Waits until the server works on nothing any more, where it can tell; else the client's timeout is
 * waited out. At most {@link giveUpMs}.
 *
 * @returns whether the server said that nothing is in flight
 */
export async function awaitIdle(
  target: Pick<Target, 'inFlight'>,
  now: NowNs,
  clientTimeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const untilNs = now() + giveUpMs * nsPerMs;
  for (;;) {
    // A gauge that fails is no gauge: what was played is judged all the same.
    const inFlight = await target.inFlight().catch(() => undefined);
    if (inFlight === 0) return true;
    if (inFlight === undefined) {
      await sleep(Math.min(clientTimeoutMs, giveUpMs), signal);
      return false;
    }
    if (now() > untilNs || signal?.aborted === true) return false;
    await sleep(pollMs, signal);
  }
}

/**
 * Takes the snapshot that is judged, after {@link awaitIdle}: two equal ones at least a second
 * apart, with nothing in flight as far as the target can tell. Judging before that gave false "lost" and "leak".
 */
export async function quiesce(target: Target, now: NowNs, signal?: AbortSignal): Promise<Quiesced> {
  const startNs = now();
  try {
    let last: TruthSnapshot | undefined;
    for (;;) {
      const truth = await target.truth();
      if (truth === undefined) {
        return { truth, quiesced: false, note: target.hiddenStore?.() ?? storeHidden };
      }
      const inFlight = await target.inFlight();
      if (last !== undefined && (inFlight ?? 0) === 0 && sameStore(last, truth)) {
        return { truth, quiesced: true, note: undefined };
      }
      last = truth;
      const waitedMs = (now() - startNs) / nsPerMs;
      if (waitedMs > giveUpMs || signal?.aborted === true) {
        const note = `not quiesced after ${Math.round(waitedMs / 1000)} s`;
        return { truth, quiesced: false, note };
      }
      await sleep(apartMs, signal);
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
