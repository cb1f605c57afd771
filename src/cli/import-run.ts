import { basename, resolve } from 'node:path';
import type { EvidenceNames } from '../audit/evidence.ts';
import type { InvariantName } from '../audit/registry.ts';
import { nsPerMs, wallClockMs } from '../core/clock.ts';
import type { Secrets } from '../core/secrets.ts';
import { createTarget } from '../engine/create-target.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { Contract } from '../history/contract.ts';
import type { TruthSnapshot } from '../history/truth.ts';
import { contractFileSchema, contractOf, type NamedContract } from '../imports/contract-file.ts';
import type { HistoryFormat } from '../imports/history-formats.ts';
import { importError } from '../imports/import-error.ts';
import { type ImportedHistory, importHistory } from '../imports/import-history.ts';
import { type Judgeability, judgeability } from '../imports/judgeability.ts';
import { mappingSchema } from '../imports/mapping.ts';
import { loadScenario } from '../scenarios/load.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { JudgedRun } from './judge.ts';
import { emptyPlan, noControl, type OtherTruth, unsettledNote } from './rebuild-run.ts';
import { scenarioStandIn } from './scenario-stand-in.ts';
import { checkedYaml, readYaml, type YamlInput } from './yaml-input.ts';

/** What an import was asked for. */
export interface ImportRequest {
  readonly history: string;
  readonly contract: string;
  readonly mapping: string | undefined;
  readonly format: HistoryFormat;
  readonly exclusive: boolean;
  /** Reads the snapshot; what leaves its run out is of the run that is given. */
  readonly truth: ((runId: string) => Promise<OtherTruth>) | undefined;
  readonly thresholds: Scenario['thresholds'];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Learns those of a scenario that is the contract. */
  readonly secrets: Secrets;
  /** Command that judges the same again. */
  readonly replay: string;
}

/** Run id of histories that have none. */
const importedRunId = 'imported';

/** Makes a run that can be judged out of a history of another tool. */
export async function importRun(request: ImportRequest): Promise<JudgedRun> {
  const { cwd, mapping: mappingFile } = request;
  const declared = await contractFrom(request);
  const mapping =
    mappingFile === undefined
      ? undefined
      : checkedYaml(await readYaml(cwd, mappingFile, 'mapping'), mappingSchema, 'mapping');
  const history = await importHistory({
    path: resolve(cwd, request.history),
    format: request.format,
    contract: declared.contract,
    mapping,
  });
  const judged = judgeability(history, declared.contract);
  const runId = history.runId ?? importedRunId;
  const truth = await request.truth?.(runId);
  const joined = truth === undefined ? undefined : joinable(request, history, runId, truth);
  const scenario = scenarioStandIn(declared.name, 0);
  return {
    scenario: { ...scenario, thresholds: request.thresholds },
    scenarioHash: '',
    replay: request.replay,
    outcome: outcomeOf(history, judged, runId, joined),
    // Rows that cannot be told apart by key may be anybody's.
    exclusive: request.exclusive && !history.facts.keyless,
    wallMs: 0,
    targetDescription: `imported from ${basename(request.history)} (${history.format})`,
    imported: {
      names: namesOf(history),
      withheld: judged.withheld as readonly { name: InvariantName; reason: string }[],
    },
  };
}

function namesOf({ names }: ImportedHistory): EvidenceNames | undefined {
  if (names === undefined) return undefined;
  return {
    keyOf: (intent) => names.keyOf(intent),
    parseKey: (key) => names.parseKey(key),
    userOf: (user) => names.userOf(user),
    deviceOf: (user, device) => names.deviceOf(user, device),
  };
}

async function contractFrom(request: ImportRequest): Promise<NamedContract> {
  const input = await readYaml(request.cwd, request.contract, 'contract');
  return isScenario(input)
    ? await contractOfScenario(request, input)
    : contractOf(checkedYaml(input, contractFileSchema, 'contract'));
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function isScenario({ value }: YamlInput): boolean {
  return memberOf(value, 'sale') !== undefined;
}

/** What the target of a scenario promises. Nothing is started and nothing is sent. */
async function contractOfScenario(
  { contract: file, cwd, env, secrets }: ImportRequest,
  { value }: YamlInput,
): Promise<NamedContract> {
  const opensAt = memberOf(memberOf(value, 'sale'), 'opensAt');
  const opensAtMs = typeof opensAt === 'string' ? Date.parse(opensAt) : Number.NaN;
  // An opening that has passed is what an audit is about: the scenario is checked as of the day before.
  const nowMs = Number.isNaN(opensAtMs) ? wallClockMs() : opensAtMs - 60_000;
  const path = resolve(cwd, file);
  const { scenario } = await loadScenario(path, { overrides: [], env, cwd, nowMs, secrets });
  const { target, sale, allowHosts } = scenario;
  const host = target.http === undefined ? [] : [new URL(target.http.baseUrl).hostname];
  const made = await createTarget({
    runId: importedRunId,
    scenario: { ...scenario, allowHosts: [...allowHosts, ...host] },
    allowRemote: true,
  });
  const closesAtMs = typeof sale.closesAt === 'string' ? Date.parse(sale.closesAt) : undefined;
  const contract: Contract = {
    ...made.contract(),
    ...(Number.isNaN(opensAtMs) ? {} : { opensAtMs }),
    ...(closesAtMs === undefined ? {} : { closesAtMs }),
  };
  return { name: scenario.name, contract };
}

/**
 * A snapshot that the history can be joined with. Without keys rows are found by order id, so the keys
 * of rows are taken out; with neither nothing can be found.
 */
function joinable(
  { history: file }: ImportRequest,
  { facts, runId: ownRunId }: ImportedHistory,
  runId: string,
  truth: OtherTruth,
): OtherTruth {
  if (facts.nameless) {
    throw importError(
      file,
      'some acknowledged orders name neither key nor orderId, so they cannot be looked for in the snapshot',
      'Map key or orderId, or leave --truth out.',
    );
  }
  const { snapshot } = truth;
  // A history that does not say which run it is of cannot disagree with its snapshot about it.
  const named: TruthSnapshot = ownRunId === undefined ? { ...snapshot, runId } : snapshot;
  if (!facts.keyless) return { ...truth, snapshot: named };
  const orders = named.orders.map((order) => ({ ...order, key: null }));
  return { ...truth, snapshot: { ...named, orders } };
}

function outcomeOf(
  history: ImportedHistory,
  { contract, warnings }: Judgeability,
  runId: string,
  truth: OtherTruth | undefined,
): RunOutcome {
  const { attempts, epochMs, facts, names, notes } = history;
  const opensAtMs = contract.opensAtMs ?? epochMs;
  return {
    runId,
    epoch: { seconds: 0, nanoseconds: 0, wallMs: epochMs },
    startedAtMs: epochMs,
    contract,
    attempts,
    truth: truth?.snapshot,
    quiesced: truth?.settled ?? false,
    truthNote: truth === undefined || truth.settled ? undefined : unsettledNote,
    interrupted: notes.cutShort,
    plan: {
      ...emptyPlan(''),
      users: names?.users ?? 0,
      devices: names?.devices ?? 0,
      intents: names?.keys ?? 0,
    },
    opening: {
      zeroNs: 0,
      opensNs: facts.wallClock ? (opensAtMs - epochMs) * nsPerMs : 0,
      opensAtMs,
      closesAtMs: contract.closesAtMs,
      connections: 0,
      warmConnections: 0,
      perInstance: {},
    },
    faults: [],
    backlog: [],
    events: [],
    checks: [],
    control: noControl('it does not apply to an imported history'),
    incidents: [],
    warnings,
    workers: [],
    rssMaxBytes: 0,
    targetCpuSeconds: 0,
  };
}
