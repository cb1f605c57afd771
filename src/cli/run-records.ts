import type { Json } from '../core/json.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { JournalHeader } from '../history/journal.ts';
import type { RunRecord } from '../history/run-folder.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { redactPostgresUrl } from '../targets/stores/postgres-url.ts';
import type { RunOptions } from './run-options.ts';
import { version } from './version.ts';

/** `run.json` of a played run. */
export function manifestOf(
  loaded: LoadedScenario,
  outcome: RunOutcome,
  told: { readonly wallMs: number; readonly replay: string },
): RunRecord['manifest'] {
  const { scenario, hash } = loaded;
  return {
    runId: outcome.runId,
    epoch: outcome.epoch,
    startedAtMs: outcome.startedAtMs,
    contract: outcome.contract,
    quiesced: outcome.quiesced,
    truthNote: outcome.truthNote,
    interrupted: outcome.interrupted,
    opening: outcome.opening,
    faults: outcome.faults,
    events: outcome.events,
    control: outcome.control,
    incidents: outcome.incidents,
    warnings: outcome.warnings,
    workers: outcome.workers,
    rssMaxBytes: outcome.rssMaxBytes,
    name: scenario.name,
    flashsim: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    seed: scenario.seed,
    scenarioHash: hash,
    scenario: withoutSecrets(scenario),
    wallMs: told.wallMs,
    plan: { hash: outcome.plan.hash },
    targetDescription: describeTarget(scenario),
    replay: told.replay,
    exclusive: isExclusive(scenario),
  };
}

/** Only the reference server is out of everybody else's reach. */
export function isExclusive({ target }: Scenario): boolean {
  return target.reference !== undefined;
}

/** First line of the journal: what an audit has to know should this run be killed. */
export function journalHeaderOf(
  loaded: LoadedScenario,
  run: { readonly runId: string; readonly startedAtMs: number; readonly replay: string },
): JournalHeader {
  const { scenario, hash } = loaded;
  const { products } = scenario.sale;
  return {
    ...run,
    name: scenario.name,
    seed: scenario.seed,
    scenarioHash: hash,
    products: products.map(({ id, stock, limitPerUser }) => ({
      id,
      stock,
      ...(limitPerUser === undefined ? {} : { limitPerUser }),
    })),
    exclusive: isExclusive(scenario),
    mayCancel: scenario.workload.cancel !== undefined,
    restocks: scenario.events.flatMap((event) =>
      'restock' in event
        ? [{ productId: event.product ?? products[0]?.id ?? '', quantity: event.restock }]
        : [],
    ),
  };
}

/** A store's URL may hold a password: it goes into no file. */
export function withoutSecrets(scenario: Scenario): Json {
  const copy = structuredClone(scenario);
  const { reference } = copy.target;
  if (reference?.stores.postgres !== undefined) {
    reference.stores.postgres = redactPostgresUrl(reference.stores.postgres);
  }
  return copy as unknown as Json;
}

/** The command that plays the same plan again. Values that hold a URL with a password are left out. */
export function replayLine(scenarioName: string, seed: number, options: RunOptions): string {
  const overrides = options.set.map((override) =>
    /:\/\/[^/\s]*@/.test(override) ? `${override.split('=')[0] ?? ''}=<url>` : override,
  );
  return [
    'flashsim run',
    quoted(scenarioName),
    `--seed ${seed}`,
    ...overrides.map((override) => `--set ${quoted(override)}`),
  ].join(' ');
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) && !/[[\]]/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** What was loaded, in a line. */
export function describeTarget(scenario: Scenario): string {
  const { reference, http } = scenario.target;
  if (http !== undefined) return http.baseUrl;
  const processes = reference?.processes ?? 0;
  const store = reference?.stores.postgres === undefined ? 'embedded PostgreSQL' : 'own PostgreSQL';
  const strategy = reference?.stock.strategy ?? '';
  return `${strategy} on ${store}, ${processes} server process${processes === 1 ? '' : 'es'}`;
}
