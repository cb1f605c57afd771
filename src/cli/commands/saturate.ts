import { randomBytes } from 'node:crypto';
import { runClock, takeEpoch, wallClockMs } from '../../core/clock.ts';
import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { secretsOfUrls } from '../../core/secrets.ts';
import { formatCount, parseDurationMs } from '../../core/units.ts';
import { type CreateTargetOptions, createTarget } from '../../engine/create-target.ts';
import { kneeOf } from '../../engine/knee-search.ts';
import { type SaturationStep, saturate } from '../../engine/saturate.ts';
import {
  type SaturatedOperation,
  type SaturatedWork,
  saturatedOperations,
} from '../../engine/saturation-job.ts';
import { logInPeople } from '../../engine/saturation-logins.ts';
import { tryOut } from '../../engine/saturation-url.ts';
import { loadScenario } from '../../scenarios/load.ts';
import type { Scenario } from '../../scenarios/schema.ts';
import { isLoopback } from '../../targets/remote-consent.ts';
import type { ProtocolSpec, Target } from '../../targets/target.ts';
import { requireConnections } from '../connection-budget.ts';
import { variablesWith } from '../env-files.ts';
import type { Environment } from '../environment.ts';
import { createProgress, type Progress } from '../progress.ts';
import { describeTarget } from '../run-records.ts';
import {
  connectionsText,
  doubtOf,
  renderSaturation,
  type SaturationReport,
} from '../saturation-report.ts';
import { stopEverythingNow } from '../stop-everything.ts';
import { stopTarget } from '../stop-target.ts';
import { version } from '../version.ts';

/** What `flashsim saturate` was asked for. Durations as written, such as `3s`. */
export interface SaturateCommandOptions {
  readonly set: readonly string[];
  readonly envFile: readonly string[];
  readonly operation: string;
  readonly maxConnections: number;
  readonly step: string;
  readonly latency: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly allowRemote: boolean;
}

const warmUpMs = 500;
const timeoutMs = 5_000;
/** Stock that no step can sell out, as far as the schema goes. */
const stockMax = 10_000_000;
/** People who take turns: enough that no connection has to wait for a session of its own. */
const peopleMax = 1_000;

/** `flashsim saturate`: finds the highest goodput that a server holds, in a closed model. */
export async function saturateCommand(
  environment: Environment,
  named: string,
  options: SaturateCommandOptions,
): Promise<ExitCode> {
  const stepMs = durationOf('--step', options.step, { min: 500, max: 600_000 });
  const latencyMaxMs = durationOf('--latency', options.latency, { min: 1, max: timeoutMs });
  const subject = await subjectOf(environment, named, options);
  await requireConnections({
    connections: options.maxConnections,
    processes: 1,
    serverProcesses: subject.serverProcesses,
    why: `--max-connections is ${formatCount(options.maxConnections)}.`,
    less: (most) => `Write at most \`--max-connections ${most}\``,
  });
  const controller = new AbortController();
  const release = stopOnSignal(environment, controller, subject.target);
  const progress = createProgress({
    stream: environment.stderr,
    quiet: options.quiet || options.json,
  });
  try {
    const steps = await measure(subject, {
      connectionsMax: options.maxConnections,
      measureMs: stepMs,
      latencyMaxMs,
      signal: controller.signal,
      progress,
    });
    progress.done();
    const report = reportOf(subject, steps, { stepMs, latencyMaxMs, options, controller });
    environment.stdout.write(
      options.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : renderSaturation(report, environment.stdout),
    );
    return exitCodeOf(report);
  } finally {
    progress.done();
    release();
    await stopTarget(environment, subject.target);
  }
}

function durationOf(
  option: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= min && ms <= max) return ms;
  throw new FlashsimError('USAGE', {
    what: `${option} ${text} is no duration from ${min}ms to ${max / 1_000}s.`,
    fix: 'Write a number with its unit, such as 500ms or 3s.',
  });
}

/** What is loaded, not started yet. */
interface Subject {
  readonly name: string;
  readonly request: string;
  readonly notes: readonly string[];
  readonly serverProcesses: number;
  readonly target: Target | undefined;
  /** Starts what there is to start, and makes it ready. */
  readonly prepare: () => Promise<SaturatedWork>;
}

async function subjectOf(
  environment: Environment,
  named: string,
  options: SaturateCommandOptions,
): Promise<Subject> {
  environment.secrets.learn(secretsOfUrls(named));
  if (/^https?:\/\//i.test(named)) return urlSubject(named, options);
  const operation = saturatedOperations.find((name) => name === options.operation);
  if (operation === undefined) {
    throw new FlashsimError('USAGE', {
      what: `There is no operation called ${options.operation} to saturate a server with.`,
      fix: `Operations: ${saturatedOperations.join(', ')}.`,
    });
  }
  const { scenario, folder } = await loadScenario(named, {
    overrides: options.set,
    env: await variablesWith(environment, options.envFile),
    cwd: environment.cwd,
    nowMs: wallClockMs(),
    secrets: environment.secrets,
  });
  const { allowRemote } = options;
  const { secrets } = environment;
  return scenarioSubject(scenario, operation, { allowRemote, folder, secrets });
}

/** A GET of one URL. Without a scenario there is nobody who could consent to leave this machine. */
function urlSubject(named: string, options: SaturateCommandOptions): Subject {
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url?.username !== '' || url.password !== '') {
    throw new FlashsimError('USAGE', {
      what: 'The URL is not valid, or contains credentials.',
      fix: 'Write it whole and without a password, such as http://localhost:3000/products/1.',
    });
  }
  if (options.set.length + options.envFile.length > 0) {
    const option = options.set.length > 0 ? '--set' : '--env-file';
    throw new FlashsimError('USAGE', {
      what: `${option} needs a scenario to change.`,
      fix: `Name a scenario, or leave ${option} out.`,
    });
  }
  if (!isLoopback(url.hostname)) {
    throw new FlashsimError('REMOTE_NOT_ALLOWED', {
      what: `\`${url.hostname}\` is not this machine.`,
      why: 'A load test can take a server down. Leaving this machine needs two consents.',
      fix: 'If the host is yours to load, name it in `target.http.baseUrl` and `allowHosts` of a scenario, and give that with `--allow-remote`.',
    });
  }
  const tls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  const work = {
    kind: 'url',
    endpoint: { host, port, tls },
    path: `${url.pathname}${url.search}`,
  } as const;
  return {
    name: url.origin,
    request: `GET ${url.pathname}`,
    notes: [],
    serverProcesses: 0,
    target: undefined,
    prepare: async () => {
      await tryOut(work, runClock(takeEpoch()));
      return work;
    },
  };
}

async function scenarioSubject(
  written: Scenario,
  operation: SaturatedOperation,
  consent: Pick<CreateTargetOptions, 'allowRemote' | 'folder' | 'secrets'>,
): Promise<Subject> {
  const scenario = unlimited(written);
  const runId = `${wallClockMs().toString(36)}-${randomBytes(2).toString('hex')}`;
  const target = await createTarget({ runId, scenario, ...consent });
  const productId = scenario.sale.products[0]?.id ?? '';
  return {
    name: describeTarget(scenario),
    request: operation === 'order' ? 'orders, each under a key of its own' : 'product pages',
    notes: notesOn(written),
    serverProcesses: scenario.target.reference?.processes ?? 0,
    target,
    prepare: async () => {
      const spec = await target.start();
      await target.openSale({ runId, opensAtMs: wallClockMs(), closesAtMs: undefined });
      const tokens = await tokensFor(spec);
      return { kind: 'protocol', spec, operation, productId, runId, tokens };
    },
  };
}

function tokensFor(spec: ProtocolSpec): Promise<string[]> {
  return logInPeople(spec, peopleMax, runClock(takeEpoch()));
}

/** The scenario without its rules: what is measured is what the server can do, not what it allows. */
function unlimited(scenario: Scenario): Scenario {
  const { reference } = scenario.target;
  const [product] = scenario.sale.products;
  const products =
    product === undefined ? [] : [{ ...product, stock: stockMax, limitPerUser: undefined }];
  return {
    ...scenario,
    sale: { ...scenario.sale, products },
    target: {
      ...scenario.target,
      ...(reference === undefined
        ? {}
        : { reference: { ...reference, rateLimiter: undefined, waitingRoom: undefined } }),
    },
  };
}

function notesOn({ target, sale }: Scenario): string[] {
  const notes = [
    `the stock is ${formatCount(stockMax)}, and nobody has a limit${target.http === undefined ? ' or a rate limiter' : ''}: ` +
      'this measures what the server can do, not what the scenario allows.',
  ];
  if (target.http !== undefined && target.http.saleUrl === undefined) {
    return ['the server keeps its own stock and limits: when it is sold out, goodput ends.'];
  }
  return sale.products.length > 1 ? [...notes, 'only the first product is asked for.'] : notes;
}

interface Measuring {
  readonly connectionsMax: number;
  readonly measureMs: number;
  readonly latencyMaxMs: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function measure(subject: Subject, options: Measuring): Promise<SaturationStep[]> {
  const { progress, signal, ...limits } = options;
  progress.phase(subject.target === undefined ? 'starting' : 'starting the target, logging in');
  let work: SaturatedWork;
  try {
    work = await subject.prepare();
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
  return saturate({
    ...limits,
    work,
    warmUpMs,
    timeoutMs,
    signal,
    onStep: (connections, last) => {
      const before =
        last === undefined
          ? ''
          : ` (${connectionsText(last)}: ${formatCount(last.goodputPerS)} good answers a second)`;
      progress.phase(`measuring ${connectionsText({ connections })}${before}`);
    },
  });
}

function reportOf(
  subject: Subject,
  steps: readonly SaturationStep[],
  facts: {
    readonly stepMs: number;
    readonly latencyMaxMs: number;
    readonly options: SaturateCommandOptions;
    readonly controller: AbortController;
  },
): SaturationReport {
  const { stepMs, latencyMaxMs, options, controller } = facts;
  const found = kneeOf(steps, options.maxConnections);
  return {
    schemaVersion: 1,
    flashsim: version,
    target: subject.name,
    request: subject.request,
    latencyMaxMs,
    stepMs,
    steps,
    best: found?.best ?? null,
    knee: found?.knee ?? null,
    doubt: doubtOf(found, controller.signal.aborted),
    notes: subject.notes,
  };
}

/** A goodput that the server did not limit says only "at least": that is unknown, and never 0. */
function exitCodeOf({ doubt }: SaturationReport): ExitCode {
  if (doubt === null) return exitCodes.pass;
  return doubt === 'interrupted' ? exitCodes.interrupted : exitCodes.unknown;
}

/** The first signal ends the measurement and prints what there is; the second ends everything now. */
function stopOnSignal(
  environment: Environment,
  controller: AbortController,
  target: Target | undefined,
): () => void {
  return environment.onStopSignal((signal) => {
    if (controller.signal.aborted) {
      stopEverythingNow(target?.processIds() ?? []);
      process.exit(exitCodes.interrupted);
    }
    environment.stderr.write(`\n${signal}: stopping; once more to stop at once\n`);
    controller.abort();
    void target?.stop();
  });
}
