import type { Json } from '../core/json.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { RunManifest } from '../history/run-folder.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { redactPostgresUrl } from '../targets/stores/postgres-url.ts';
import type { RunOptions } from './run-options.ts';
import { version } from './version.ts';

/** `run.json` of a played run. */
export function manifestOf(loaded: LoadedScenario, outcome: RunOutcome): RunManifest {
  const { scenario, hash } = loaded;
  return {
    schemaVersion: 1,
    runId: outcome.runId,
    name: scenario.name,
    flashsim: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    seed: scenario.seed,
    scenarioHash: hash,
    scenario: withoutSecrets(scenario),
    contract: outcome.contract,
    epoch: outcome.epoch,
    opening: { plannedNs: outcome.opening.opensNs, wallMs: outcome.opening.opensAtMs },
    faults: outcome.faults.map(({ description, plannedNs, fired, detail }) => ({
      atNs: plannedNs,
      kind: description,
      detail,
      fired,
    })),
    workers: outcome.workers.length,
    planHash: outcome.plan.hash,
    interrupted: outcome.interrupted,
    quiesced: outcome.quiesced,
    exclusive: scenario.target.reference !== undefined,
  };
}

/** A store's URL may hold a password: it goes into no file. */
function withoutSecrets(scenario: Scenario): Json {
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

function quoted(word: string): string {
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
