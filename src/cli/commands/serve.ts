import { randomBytes } from 'node:crypto';
import { sleep, wallClockMs } from '../../core/clock.ts';
import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { formatDurationMs, parseDurationMs } from '../../core/units.ts';
import { recoveryPolicyNames, stockStrategyNames } from '../../scenarios/names.ts';
import { nearest } from '../../scenarios/suggest.ts';
import { type ServedReference, startReferenceForServe } from '../../targets/reference/serve.ts';
import type { RecoveryPolicyName } from '../../targets/reference/stock/recovery/registry.ts';
import { cachesStock } from '../../targets/reference/stock/registry.ts';
import type { WarmUpSetting } from '../../targets/reference/stock/settings.ts';
import { coloursFor } from '../colours.ts';
import type { Environment } from '../environment.ts';
import { stopTarget } from '../stop-target.ts';

/** What `flashsim serve` was asked for. */
export interface ServeOptions {
  readonly port: number;
  readonly processes: number;
  readonly strategy: string;
  readonly stock: number;
  /** A duration as written, such as `5s`. */
  readonly opensIn: string;
  /** `none`, `manual`, or a duration before the opening as written. */
  readonly warmUp: string;
  readonly recovery: string;
}

const productId = 'sneaker-42';
const opensInMaxMs = 86_400_000;

/**
 * `flashsim serve`: the reference server alone, until SIGINT or SIGTERM. Being told to stop is how it
 * ends well, so that is exit 0.
 */
export async function serveCommand(
  environment: Environment,
  options: ServeOptions,
): Promise<ExitCode> {
  const { opensInMs, ...caching } = checkOptions(options);
  const controller = new AbortController();
  const release = environment.onStopSignal((signal) => {
    environment.stderr.write(`${signal}: stopping\n`);
    controller.abort();
  });
  let server: ServedReference | undefined;
  try {
    environment.stderr.write('Starting the server and its database\n');
    const opensAtMs = wallClockMs() + opensInMs;
    server = await start(options, caching, opensAtMs);
    if (!controller.signal.aborted) {
      environment.stdout.write(guide(environment, server, options, opensInMs));
    }
    await tellIncidents(environment, server, controller.signal);
  } finally {
    await stopTarget(environment, server);
    release();
  }
  environment.stderr.write('Stopped.\n');
  return exitCodes.pass;
}

interface CheckedOptions {
  readonly opensInMs: number;
  readonly warmUp: WarmUpSetting;
  readonly recovery: RecoveryPolicyName;
}

function checkOptions({ strategy, opensIn, warmUp, recovery }: ServeOptions): CheckedOptions {
  if (!stockStrategyNames.includes(strategy)) {
    const near = nearest(strategy, stockStrategyNames);
    throw new FlashsimError('USAGE', {
      what: `There is no stock strategy called ${strategy}.`,
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Strategies: ${stockStrategyNames.join(', ')}.`,
    });
  }
  const opensInMs = parseDurationMs(opensIn);
  if (opensInMs === undefined || opensInMs > opensInMaxMs) {
    throw new FlashsimError('USAGE', {
      what: `--opens-in ${opensIn} is no duration of at most 24h.`,
      fix: 'Write a number with its unit, such as 30s or 5m.',
    });
  }
  const policy = recoveryPolicyNames.find((name) => name === recovery);
  if (policy === undefined) {
    throw new FlashsimError('USAGE', {
      what: `There is no recovery policy called ${recovery}.`,
      fix: `Write one of: ${recoveryPolicyNames.join(', ')}.`,
    });
  }
  return { opensInMs, warmUp: warmUpOf(warmUp, strategy, opensInMs), recovery: policy };
}

function warmUpOf(written: string, strategy: string, opensInMs: number): WarmUpSetting {
  if (written === 'none') return { kind: written };
  if (!cachesStock(strategy)) {
    throw new FlashsimError('USAGE', {
      what: `--warm-up ${written} has nothing to load: ${strategy} counts in the database.`,
      fix: `Leave it out, or use a strategy that caches: ${stockStrategyNames.filter(cachesStock).join(', ')}.`,
    });
  }
  if (written === 'manual') return { kind: written };
  const leadMs = parseDurationMs(written);
  if (leadMs !== undefined && leadMs > 0 && leadMs <= opensInMs)
    return { kind: 'scheduled', leadMs };
  throw new FlashsimError('USAGE', {
    what: `--warm-up ${written} is neither none, manual, nor a time before an opening in ${formatDurationMs(opensInMs)}.`,
    fix: 'Write a duration that is at most as long as --opens-in, such as --opens-in 30s --warm-up 5s.',
  });
}

function start(
  options: ServeOptions,
  caching: Pick<CheckedOptions, 'warmUp' | 'recovery'>,
  opensAtMs: number,
): Promise<ServedReference> {
  return startReferenceForServe(
    {
      topology: 'single',
      processes: options.processes,
      stock: { strategy: options.strategy, store: 'postgres', ...caching },
      stores: { postgres: undefined },
      sessions: { maximumSessions: undefined, onExceed: 'terminate-oldest' },
      rateLimiter: undefined,
      ordering: 'sync',
      port: options.port,
    },
    {
      runId: `serve-${randomBytes(4).toString('hex')}`,
      products: [{ id: productId, stock: options.stock }],
      allowRemote: false,
      allowHosts: [],
    },
    opensAtMs,
  );
}

/** Waits for the signal, and says on stderr when a server process had to be replaced. */
async function tellIncidents(
  environment: Environment,
  server: ServedReference,
  signal: AbortSignal,
): Promise<void> {
  let told = 0;
  while (!signal.aborted) {
    await sleep(1_000, signal);
    const incidents = server.incidents();
    for (const incident of incidents.slice(told)) environment.stderr.write(`${incident}\n`);
    told = incidents.length;
  }
}

function guide(
  environment: Environment,
  { url, adminUrl }: ServedReference,
  options: ServeOptions,
  opensInMs: number,
): string {
  const colours = coloursFor(environment.stdout);
  const opening = opensInMs === 0 ? 'open now' : `opens in ${formatDurationMs(opensInMs)}`;
  const json = "-H 'content-type: application/json'";
  return `${colours.bold('Order server')}  ${colours.cyan(url)}
  ${options.processes} process${options.processes === 1 ? '' : 'es'}, ${options.strategy}; ${options.stock} units of ${productId}, ${opening}
  truth  ${adminUrl}/truth${cachesStock(options.strategy) ? `\n  load   flashsim warm-up --url ${adminUrl}` : ''}

${colours.bold('Buy one')}
  TOKEN=$(curl -s ${url}/login ${json} \\
    -d '{"userId":"ann","deviceId":"phone"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -s ${url}/orders ${json} -H "authorization: Bearer $TOKEN" \\
    -H 'idempotency-key: order-1' -d '{"productId":"${productId}","quantity":1}'

${colours.bold('Load it')}: put this into a scenario (each run starts a new sale here)
  target:
    http:
      baseUrl: ${url}
      truthUrl: ${adminUrl}/truth
      saleUrl: ${adminUrl}/sale
      eventUrl: ${adminUrl}/events

${colours.dim('Ctrl-C stops it.')}
`;
}
