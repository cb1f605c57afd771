import { join } from 'node:path';
import { z } from 'zod';
import { FlashsimError } from '../core/errors.ts';
import { makePlan } from '../engine/plan.ts';
import { planFigures } from '../engine/plan-figures.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { Journal } from '../history/journal.ts';
import { attemptsOfJournal, withJournal } from '../history/journal-attempts.ts';
import {
  type CompleteRun,
  type KilledRun,
  type RunFolder,
  runFiles,
} from '../history/run-folder.ts';
import type { ControlRecord } from '../history/run-record.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import { workloadModelNames } from '../policies/models/registry.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { limitOf, parseThreshold } from '../scenarios/thresholds.ts';
import type { JudgedRun } from './judge.ts';

/** A snapshot that is to be judged with instead of the run's own. */
export interface OtherTruth {
  readonly snapshot: TruthSnapshot;
  /** It was taken when everything had come to rest. */
  readonly settled: boolean;
}

type Thresholds = Scenario['thresholds'];

/** What an audit of a run folder was asked for, beside the folder. */
export interface RebuildOptions {
  readonly truth: OtherTruth | undefined;
  /** Come on top of the scenario's, or in their place. */
  readonly thresholds: Thresholds;
}

/** Makes a run that can be judged again out of its folder. */
export async function rebuildRun(
  folder: string,
  read: RunFolder,
  options: RebuildOptions,
): Promise<JudgedRun> {
  const run = read.kind === 'complete' ? rebuildComplete(folder, read) : await rebuildKilled(read);
  const { truth, thresholds } = options;
  const scenario = {
    ...run.scenario,
    thresholds: { ...run.scenario.thresholds, ...thresholds },
  };
  const outcome = truth === undefined ? run.outcome : withTruth(run.outcome, truth);
  return { ...run, scenario, outcome };
}

/** Why a snapshot that nobody vouched for decides less. */
export const unsettledNote =
  'nobody said that it was taken after everything had come to rest (--settled)';

function withTruth(outcome: RunOutcome, { snapshot, settled }: OtherTruth): RunOutcome {
  return {
    ...outcome,
    truth: snapshot,
    quiesced: settled,
    truthNote: settled ? undefined : unsettledNote,
    ledgerNote: undefined,
  };
}

function rebuildComplete(folder: string, read: CompleteRun): JudgedRun {
  const { manifest, truth, journal, notes } = read;
  const scenario = scenarioOf(join(folder, runFiles.manifest), manifest.scenario);
  const { plan, mismatch } = planOf(scenario, read);
  const joined = journal === undefined ? undefined : withJournal(read.attempts, journal);
  const { orders, ledgerEntries } = manifest.evidence;
  const truthIsLost = truth === undefined && orders !== null;
  const ledgerIsLost = truth?.runId === manifest.runId && truth.ledger === undefined;
  const outcome: RunOutcome = {
    ...manifest,
    attempts: joined?.attempts ?? read.attempts,
    truth,
    truthNote: truthIsLost ? `${runFiles.truth} is missing` : manifest.truthNote,
    ledgerNote:
      ledgerIsLost && (ledgerEntries ?? 0) > 0 ? `${runFiles.ledger} is missing` : undefined,
    // An acknowledgement that only the journal has: other attempts may be missing as well.
    interrupted: manifest.interrupted || (joined?.added ?? 0) > 0,
    plan,
    warnings: [
      ...manifest.warnings,
      ...notes,
      ...journalWarnings(journal, joined),
      ...(mismatch === undefined ? [] : [mismatch]),
    ],
  };
  const { scenarioHash, replay, exclusive, wallMs, targetDescription } = manifest;
  return {
    scenario,
    shownScenario: manifest.scenario,
    scenarioHash,
    replay,
    outcome,
    exclusive,
    wallMs,
    targetDescription,
  };
}

function journalWarnings(
  journal: Journal | undefined,
  joined: { readonly added: number } | undefined,
): string[] {
  const found: string[] = [];
  if (journal?.brokenLastLine === true) {
    found.push(`the last line of ${runFiles.journal} was cut short: its order is left out`);
  }
  if (joined !== undefined && joined.added > 0) {
    found.push(
      `${joined.added} acknowledged orders stand in ${runFiles.journal} only: a load-generating process died`,
    );
  }
  return found;
}

const limit = z.union([z.number(), z.string()]);

/**
 * What a result needs of a resolved scenario. The rest of it is read by the plan, which is made again
 * under guard: the scenario in `run.json` cannot go through the schema of scenario files, because its
 * units are resolved.
 */
const resolvedScenario = z.looseObject({
  name: z.string(),
  seed: z.int(),
  target: z.looseObject({
    reference: z
      .looseObject({
        stores: z.looseObject({ postgres: z.string().optional(), redis: z.string().optional() }),
      })
      .optional(),
  }),
  sale: z.looseObject({ products: z.array(z.looseObject({ id: z.string() })).min(1) }),
  workload: z.looseObject({
    users: z.int().min(1).max(1_000_000),
    devicesPerUser: z.union([
      z.int().min(1).max(99),
      z.record(z.string().regex(/^[1-9]\d?$/), z.number()),
    ]),
    quantity: z.union([
      z.int().min(1).max(1_000),
      z.record(z.string().regex(/^\d{1,4}$/), z.number()),
    ]),
    endsAt: z.number(),
    // Runs of before there was a choice were open, and all products alike.
    model: z.enum(workloadModelNames).default('open'),
    popularity: z
      .union([z.literal('uniform'), z.strictObject({ zipf: z.number() })])
      .default('uniform'),
    maxPurchases: z.int().min(1).max(10_000).optional(),
    arrivals: z.array(z.looseObject({ type: z.string() })),
    refresh: z.looseObject({ interval: z.number().min(50) }).optional(),
  }),
  client: z.looseObject({ idempotencyKey: z.string().optional() }),
  faults: z.array(z.looseObject({ for: z.number().optional() })),
  thresholds: z.record(
    z.string(),
    z.union([
      limit,
      z.looseObject({ limit, abortOnFail: z.boolean(), delayAbortEval: z.number() }),
    ]),
  ),
});

function scenarioOf(path: string, value: unknown): Scenario {
  const parsed = resolvedScenario.safeParse(value);
  const field = parsed.error?.issues[0]?.path.map(String).join('.');
  if (!parsed.success) throw damaged(path, `scenario.${field ?? ''}`);
  for (const [metric, written] of Object.entries(parsed.data.thresholds)) {
    if (parseThreshold(metric, limitOf(written)) === undefined) {
      throw damaged(path, `scenario.thresholds.${metric}`);
    }
  }
  return parsed.data as unknown as Scenario;
}

function damaged(path: string, field: string): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} cannot be read: "${field.slice(0, 80)}" is not as it should be.`,
    fix: 'Copy the run folder anew, or run the scenario again.',
  });
}

/** The plan is a function of scenario and seed, so `run.json` holds its digest only. */
function planOf(
  scenario: Scenario,
  { manifest, attempts }: CompleteRun,
): { readonly plan: RunOutcome['plan']; readonly mismatch: string | undefined } {
  const { zeroNs, opensNs } = manifest.opening;
  const { hash } = manifest.plan;
  try {
    const plan = planFigures(makePlan(scenario, manifest.seed, opensNs - zeroNs));
    if (plan.hash === hash) return { plan, mismatch: undefined };
  } catch {
    // A plan that cannot be made is told of like one that came out otherwise.
  }
  return {
    plan: { ...emptyPlan(hash), ...peopleOf(attempts) },
    mismatch: `the plan could not be made again (run by flashsim ${manifest.flashsim}): figures of the herd are missing`,
  };
}

function peopleOf(attempts: RunOutcome['attempts']): { users: number; devices: number } {
  const users = new Set<number>();
  const devices = new Set<number>();
  for (const { length, user, device } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      users.add(user[row] ?? 0);
      devices.add((user[row] ?? 0) * 256 + (device[row] ?? 0));
    }
  }
  return { users: users.size, devices: devices.size };
}

/** The figures of a run of which no plan is known. */
export function emptyPlan(hash: string): RunOutcome['plan'] {
  return {
    hash,
    users: 0,
    devices: 0,
    intents: 0,
    herd: new Uint8Array(0),
    arrivalNs: new Float64Array(0),
  };
}

/** The positive control of a record that has none. */
export function noControl(reason: string): ControlRecord {
  return { state: 'skipped', stock: 0, soldUnits: 0, attempts: 0, durationMs: 0, reason };
}

/** What a journal alone proves: acknowledged orders, and nothing else. */
async function rebuildKilled({ journal, journalPath }: KilledRun): Promise<JudgedRun> {
  // The schema of scenario files takes long to build, and a complete run has no use for it.
  const { scenarioStandIn } = await import('./scenario-stand-in.ts');
  const { header } = journal;
  const { attempts, orders, strange } = attemptsOfJournal(journal);
  const firstNs = journal.orders.reduce((least, { ns }) => Math.min(least, ns), Infinity);
  const opensNs = Number.isFinite(firstNs) ? firstNs : 0;
  const broken = journal.brokenLastLine ? '; its last line was cut short and is left out' : '';
  const outcome: RunOutcome = {
    runId: header.runId,
    epoch: { seconds: 0, nanoseconds: 0, wallMs: header.startedAtMs },
    startedAtMs: header.startedAtMs,
    contract: { products: header.products },
    attempts,
    truth: undefined,
    quiesced: false,
    truthNote: 'the run was killed before the store was read',
    interrupted: true,
    plan: { ...emptyPlan(''), ...peopleOf(attempts) },
    opening: {
      zeroNs: 0,
      opensNs,
      opensAtMs: header.startedAtMs + opensNs / 1e6,
      closesAtMs: undefined,
      connections: 0,
      warmConnections: 0,
      perInstance: {},
    },
    faults: [],
    backlog: [],
    // Planned, and nobody knows whether it came to pass.
    events: header.restocks.map(({ productId, quantity }) => ({
      event: { kind: 'restock', productId, quantity },
      plannedNs: 0,
      sentNs: 0,
      doneNs: Number.POSITIVE_INFINITY,
      outcome: 'info',
      detail: 'the run was killed',
    })),
    checks: [],
    control: noControl('the run was killed'),
    incidents: [],
    warnings: [
      `the run was killed: judged by ${journalPath} alone, which holds ${orders} acknowledged orders${broken}`,
      ...(strange === 0 ? [] : [`${strange} entries of the journal are not of this run`]),
    ],
    workers: [],
    rssMaxBytes: 0,
    targetCpuSeconds: 0,
  };
  return {
    scenario: scenarioStandIn(header.name, header.seed),
    scenarioHash: header.scenarioHash,
    replay: header.replay,
    outcome,
    exclusive: header.exclusive,
    wallMs: 0,
    targetDescription: 'killed run: only its journal is left',
  };
}
