import type { Json } from '../core/json.ts';
import { isSecretName, type Secrets } from '../core/secrets.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import type { JournalHeader } from '../history/journal.ts';
import type { RunRecord } from '../history/run-folder.ts';
import { keepsGatewayInRedis } from '../scenarios/gateway-checks.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { usesRedis } from '../targets/reference/stock/registry.ts';
import { redactMysqlUrl } from '../targets/stores/mysql-url.ts';
import { redactPostgresUrl } from '../targets/stores/postgres-url.ts';
import { redactRedisUrl } from '../targets/stores/redis-url.ts';
import type { RunOptions } from './run-options.ts';
import { quoted } from './shell-words.ts';
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
    ...(outcome.abort === undefined ? {} : { abort: outcome.abort }),
    opening: outcome.opening,
    faults: outcome.faults,
    backlog: outcome.backlog,
    events: outcome.events,
    checks: outcome.checks,
    control: outcome.control,
    incidents: outcome.incidents,
    warnings: outcome.warnings,
    workers: outcome.workers,
    rssMaxBytes: outcome.rssMaxBytes,
    targetCpuSeconds: outcome.targetCpuSeconds,
    name: scenario.name,
    flashsim: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    seed: scenario.seed,
    scenarioHash: hash,
    scenario: withoutSecrets(loaded),
    wallMs: told.wallMs,
    plan: { hash: outcome.plan.hash },
    targetDescription: loaded.secrets.text(describeTarget(scenario)),
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

/**
 * What files keep of a scenario. Of stores' URLs and of requests only what is known to be harmless stays,
 * and what the scenario's secrets say is masked wherever else it stands.
 */
export function withoutSecrets({
  scenario,
  secrets,
}: Pick<LoadedScenario, 'scenario' | 'secrets'>): Json {
  const copy = structuredClone(scenario);
  const { reference } = copy.target;
  if (reference?.stores.postgres !== undefined) {
    reference.stores.postgres = redactPostgresUrl(reference.stores.postgres);
  }
  if (reference?.stores.mysql !== undefined) {
    reference.stores.mysql = redactMysqlUrl(reference.stores.mysql);
  }
  if (reference?.stores.redis !== undefined) {
    reference.stores.redis = redactRedisUrl(reference.stores.redis);
  }
  const stored = copy as unknown as Record<'target', Record<string, Json>>;
  if (copy.target.http !== undefined) stored.target['http'] = storedHttp(copy.target.http);
  return secrets.redact(stored);
}

/**
 * What is kept of an own server: its headers and bodies, and what captures and probes say, are full of
 * places where a secret may stand.
 */
function storedHttp(http: NonNullable<Scenario['target']['http']>): Json {
  const { baseUrl, contract, requests, truth } = http;
  const asked = Object.entries(requests ?? {}).map(([operation, { method, path }]) => [
    operation,
    `${method} ${path.replace(/\?.*/s, '')}`,
  ]);
  return {
    baseUrl,
    contract: contract as unknown as Json,
    ...(requests === undefined ? {} : { requests: Object.fromEntries(asked) as Json }),
    ...(truth === undefined ? {} : { truth: Object.keys(truth) }),
  };
}

/** The command that plays the same plan again. Values that are, or may hold, a secret are left out. */
export function replayLine(
  scenarioName: string,
  seed: number,
  options: Pick<RunOptions, 'set' | 'envFile'>,
): string {
  return [
    'flashsim run',
    quoted(scenarioName),
    `--seed ${seed}`,
    ...options.envFile.map((file) => `--env-file ${quoted(file)}`),
    ...options.set.map((override) => `--set ${quoted(withoutSecret(override))}`),
  ].join(' ');
}

function withoutSecret(override: string): string {
  const path = override.split('=', 1)[0] ?? '';
  if (/:\/\/[^/\s]*@/.test(override)) return `${path}=<url>`;
  // A whole object may be given too: its keys count like those of the path.
  const keys = override.slice(path.length + 1).match(/[\w-]+(?=["']?\s*:)/g) ?? [];
  return [path, ...keys].some(isSecretName) ? `${path}=<secret>` : override;
}

/** A run with every secret in its texts masked: what servers and stores said is quoted in many places. */
export function redactedOutcome(outcome: RunOutcome, secrets: Secrets): RunOutcome {
  const { truthNote, faults, events, checks, control, incidents, warnings, workers } = outcome;
  const texts = { truthNote, faults, events, checks, control, incidents, warnings, workers };
  return { ...outcome, ...secrets.redact(texts) };
}

/** What was loaded, in a line. */
export function describeTarget(scenario: Scenario): string {
  const { reference, http } = scenario.target;
  if (http !== undefined) return http.baseUrl;
  const processes = reference?.processes ?? 0;
  const store = reference === undefined ? '' : describeStores(reference, scenario.sale);
  const strategy = reference?.stock.strategy ?? '';
  return `${strategy} on ${store}, ${processes} server process${processes === 1 ? '' : 'es'}`;
}

/** Where the orders were, and what counted beside them. */
function describeStores(
  reference: NonNullable<Scenario['target']['reference']>,
  { products }: Scenario['sale'],
): string {
  const strategies = [reference.stock.strategy, ...products.map(({ strategy = '' }) => strategy)];
  const redis = reference.stores.redis === undefined ? 'private Redis' : 'own Redis';
  const needsRedis = strategies.some(usesRedis) || keepsGatewayInRedis(reference);
  return `${describeStore(reference)}${needsRedis ? ` and ${redis}` : ''}`;
}

/** Where the orders were. */
function describeStore({ stock, stores }: NonNullable<Scenario['target']['reference']>): string {
  switch (stock.store) {
    case 'postgres':
      return stores.postgres === undefined ? 'embedded PostgreSQL' : 'own PostgreSQL';
    case 'mysql':
      return stores.mysql === undefined ? 'private MySQL' : 'own MySQL';
    case 'memory':
      return 'memory';
  }
}
