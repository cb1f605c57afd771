import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type JudgedRun, judge, writeJudgement } from '../../../src/cli/judge.ts';
import { runCli } from '../../../src/cli/program.ts';
import { journalHeaderOf, manifestOf, withoutSecrets } from '../../../src/cli/run-records.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import { Secrets } from '../../../src/core/secrets.ts';
import { makePlan } from '../../../src/engine/plan.ts';
import { planFigures } from '../../../src/engine/plan-figures.ts';
import type { RunOutcome } from '../../../src/engine/run-outcome.ts';
import { createJournal, type JournalEntry } from '../../../src/history/journal.ts';
import { runFiles, writeRunFolder } from '../../../src/history/run-folder.ts';
import type { TruthSnapshot } from '../../../src/history/truth.ts';
import type { RunResult } from '../../../src/results/result.ts';
import type { LoadedScenario } from '../../../src/scenarios/load.ts';
import { scenarioWith } from '../../helpers/scenarios.ts';
import { attempt, outcomeOf } from '../results/outcome-fixture.ts';
import { fakeEnvironment } from './fake-environment.ts';

/** Where the tests of a file write. */
export let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-audit-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** What a command line came to. */
interface Audited {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `flashsim audit` in this process; there is never a stack trace. */
export async function audit(...args: readonly string[]): Promise<Audited> {
  const environment = fakeEnvironment(folder);
  const code = await runCli(environment, ['audit', ...args]);
  expect(environment.err()).not.toMatch(/^\s+at /m);
  expect(environment.err()).not.toContain('bug in flashsim');
  return { code, out: environment.out(), err: environment.err() };
}

/** The result that it prints, and what it exits with. */
export async function auditJson(...args: readonly string[]): Promise<RunResult & { code: number }> {
  const { code, out, err } = await audit('--json', ...args);
  if (out === '') throw new Error(err);
  return { ...(JSON.parse(out) as RunResult), code };
}

const scenario = scenarioWith({
  sale: { products: [{ id: 'sneaker', stock: 2, limitPerUser: 1 }], opensAt: '1s' },
  thresholds: { 'order.p99': '< 1s' },
});
/** A sale of two units. */
export const loaded: LoadedScenario = {
  scenario,
  source: '',
  file: 'small.yaml',
  hash: 'abc',
  folder: '.',
  builtIn: false,
  secrets: new Secrets(),
};

/** Five clicks at once on two units: `sold` of them are told that they got one, and are in the store. */
function playedRun(sold: number): { readonly outcome: RunOutcome; readonly run: JudgedRun } {
  const attempts = [0, 1, 2, 3, 4].map((intent) =>
    intent < sold
      ? attempt({ intent, user: intent, status: 201, orderId: `o${intent}`, dueMs: intent })
      : attempt({ intent, user: intent, code: 'sold-out', status: 409, dueMs: intent, doneMs: 30 }),
  );
  const plan = makePlan(scenario, scenario.seed, 1_000 * nsPerMs);
  const orders = Array.from({ length: sold }, (_, intent) => ({
    id: `o${intent}`,
    key: `r1-${intent}`,
    userId: `u${intent}`,
    productId: 'sneaker',
    quantity: 1,
    status: 'confirmed' as const,
  }));
  const truth: TruthSnapshot = {
    schemaVersion: 1,
    runId: 'r1',
    takenAtMs: 1,
    products: [{ id: 'sneaker', initial: 2, remaining: 2 - sold }],
    orders,
    ledger: orders.map(({ key, productId }, row) => ({
      seq: row + 1,
      key,
      productId,
      delta: -1,
      stockAfter: 1 - row,
    })),
  };
  const outcome = outcomeOf(attempts, {
    contract: { products: [{ id: 'sneaker', stock: 2, limitPerUser: 1 }] },
    truth,
    plan: planFigures(plan),
    warnings: ['something to know'],
    faults: [
      {
        description: 'kill',
        plannedNs: 5e9,
        firedNs: Number.NaN,
        fired: false,
        detail: 'too late',
      },
    ],
  });
  const run: JudgedRun = {
    scenario,
    shownScenario: withoutSecrets(loaded),
    scenarioHash: 'abc',
    replay: 'flashsim run small.yaml',
    outcome,
    exclusive: true,
    wallMs: 4_321,
    targetDescription: 'conditional-update on embedded PostgreSQL, 2 server processes',
  };
  return { outcome, run };
}

/** The journal's line about an order. */
export function entryOf(intent: number): JournalEntry {
  return {
    key: `r1-${intent}`,
    orderId: `o${intent}`,
    userId: `u${intent}`,
    productId: 'sneaker',
    quantity: 1,
    ns: 3e9 + intent,
  };
}

let folders = 0;
/** The folder of a played run, and its result. */
export async function runFolder(
  sold: number,
  journalled: readonly number[] = Array.from({ length: sold }, (_, intent) => intent),
): Promise<{ readonly path: string; readonly result: RunResult }> {
  folders += 1;
  const path = await mkdtemp(join(folder, `run-${folders}-`));
  const { outcome, run } = playedRun(sold);
  const { wallMs, replay } = run;
  await createJournal(
    join(path, runFiles.journal),
    journalHeaderOf(loaded, { runId: 'r1', startedAtMs: 5, replay }),
  );
  const lines = journalled.map((intent) => `${JSON.stringify(entryOf(intent))}\n`);
  await appendFile(join(path, runFiles.journal), lines.join(''));
  const { attempts, truth } = outcome;
  await writeRunFolder(path, {
    manifest: manifestOf(loaded, outcome, { wallMs, replay }),
    attempts,
    truth,
  });
  const judgement = judge(run);
  await writeJudgement(path, judgement);
  return { path, result: judgement.result };
}
