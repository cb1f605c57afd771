import type { TruthSnapshot } from '../../history/truth.ts';
import { truthSchema } from '../../history/truth-schema.ts';

/** A snapshot as a server tells it, and its gauge of requests under way when it has one. */
export interface ToldTruth {
  readonly snapshot: TruthSnapshot;
  readonly inFlight: number | undefined;
}

/**
 * Checks a truth answer. Returns what is wrong with it as text (paths only, no values: the answer is
 * hostile input).
 *
 * @param defaults what a server that does not know of runs leaves out
 */
export function parseTruth(
  text: string,
  defaults: { readonly runId: string; readonly nowMs: number },
): ToldTruth | { readonly mistake: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { mistake: 'it is not JSON' };
  }
  const parsed = truthSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue === undefined ? '' : issue.path.map(String).join('.').slice(0, 80);
    return { mistake: `\`${path}\` is missing or of the wrong type` };
  }
  const { inFlight, runId, takenAtMs, sessions, ledger, ...rest } = parsed.data;
  const snapshot: TruthSnapshot = {
    ...rest,
    runId: runId ?? defaults.runId,
    takenAtMs: takenAtMs ?? defaults.nowMs,
    ...(sessions === undefined ? {} : { sessions }),
    ...(ledger === undefined ? {} : { ledger }),
  };
  return { snapshot, inFlight };
}
