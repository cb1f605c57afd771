import { FlashsimError, type Problem } from '../../../src/core/errors.ts';
import { type LoadOptions, parseScenario } from '../../../src/scenarios/load.ts';

/** A small scenario that is valid; tests break one line of it. Lines are counted from 1. */
export const goodScenario = `name: tiny
target:
  reference: { processes: 1 }
sale:
  products:
    - { id: shoe, stock: 5 }
  opensAt: 1s
workload:
  users: 10
  devicesPerUser: { 1: 60%, 2: 40% }
  endsAt: 5s
  arrivals:
    - { type: herd, users: 60% }
    - { type: weibull, shape: 0.7, mean: 1s }
thresholds:
  oversell: 0
`;

/** 2026-11-27T10:00:00Z. */
const nowMs = Date.UTC(2026, 10, 27, 10);

export const options: LoadOptions = { overrides: [], env: {}, cwd: '/nowhere', nowMs };

/** `goodScenario` with one piece of text replaced. Fails when the piece is not in it. */
export function withText(old: string, replacement: string): string {
  if (!goodScenario.includes(old)) throw new Error(`the scenario does not hold ${old}`);
  return goodScenario.replace(old, () => replacement);
}

/** The error that parsing ends with. Fails when it succeeds or throws anything else. */
export function errorOf(text: string, changes: Partial<LoadOptions> = {}): FlashsimError {
  try {
    parseScenario(text, 'tiny.yaml', { ...options, ...changes });
  } catch (error) {
    if (error instanceof FlashsimError) return error;
    throw error;
  }
  throw new Error('the scenario was accepted');
}

/** `line:column path | what | fix`, as one line. */
export function problemLine({ location, path, what, fix }: Problem): string {
  const place = location === undefined ? '-' : `${location.line}:${location.column}`;
  return `${place} ${path ?? '-'} | ${what} | ${fix}`;
}

/** All problems of a scenario, one line each. */
export function problemsOf(text: string, changes: Partial<LoadOptions> = {}): readonly string[] {
  return errorOf(text, changes).problems.map(problemLine);
}
