import type { Promises } from './base-server.ts';
import type { Changes, Specimen } from './specimen.ts';

/**
 * The common sale: a crowd of three times the stock, half a second after everybody is ready. Small,
 * because a sale is played per server in every `npm test`.
 */
const common: Changes = {
  sale: { products: [{ id: 'unit', stock: 20, limitPerUser: 1 }], opensAt: '400ms' },
  workload: {
    users: 60,
    endsAt: '2500ms',
    workers: 1,
    arrivals: [{ type: 'herd', reaction: { lognormal: { median: '60ms', sigma: 0.6 } } }],
  },
  client: {
    timeout: '1s',
    retry: { maxAttempts: 3, backoff: { initial: '100ms', max: '600ms' }, honorRetryAfter: false },
  },
};

/** The scenario that shows what a specimen at `url` is. JSON, and so YAML. */
export function scenarioOf(specimen: Specimen, url: string): string {
  const { name, promises = {}, scenario = {} } = specimen;
  const target = {
    http: {
      baseUrl: url,
      truthUrl: `${url}/admin/truth`,
      saleUrl: `${url}/admin/sale`,
      eventUrl: `${url}/admin/events`,
      contract: contractOf(promises),
    },
  };
  return JSON.stringify(merged(merged({ name: `zoo-${name}`, ...common }, { target }), scenario));
}

function contractOf({ rateLimit, ...others }: Promises): Changes {
  // Clocks of one machine, and a server that decides within a few ms of the request's arrival.
  const contract = { ...others, clockTolerance: '5ms' };
  if (rateLimit === undefined) return contract;
  const { algorithm, limit, windowMs } = rateLimit;
  return { ...contract, rateLimit: { algorithm, key: 'user', limit, window: `${windowMs}ms` } };
}

/** `changes` over `base`: objects are merged, all else is replaced. */
function merged(base: Changes, changes: Changes): Changes {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const old = base[key];
    result[key] = isChanges(old) && isChanges(value) ? merged(old, value) : value;
  }
  return result;
}

function isChanges(value: unknown): value is Changes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
