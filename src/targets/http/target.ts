import { wallClockMs } from '../../core/clock.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import type { Contract } from '../../history/contract.ts';
import type { SaleEvent } from '../../history/run-record.ts';
import type { TruthSnapshot } from '../../history/truth.ts';
import type { TargetContext } from '../reference/options.ts';
import { requireConsent } from '../remote-consent.ts';
import type {
  AppliedEvent,
  ControlSale,
  InjectedFault,
  ProtocolSpec,
  SaleTerms,
  Target,
} from '../target.ts';
import { fetchText } from './fetch-text.ts';
import type { HttpOptions } from './options.ts';
import { parseTruth, type ToldTruth } from './truth-json.ts';

const probeTimeoutMs = 5_000;
const truthTimeoutMs = 30_000;
const probeMaxBytes = 1024 * 1024;
/** About 2 million orders with their ledger. */
const truthMaxBytes = 512 * 1024 * 1024;

/**
 * A server of the user's own that speaks the reference API.
 * Throws REMOTE_NOT_ALLOWED for hosts outside loopback without both consents, SCENARIO_INVALID for
 * URLs that cannot be used.
 */
export function createHttpTarget(options: HttpOptions, context: TargetContext): Target {
  const base = checkedUrl('baseUrl', options.baseUrl, context);
  if (options.truthUrl !== undefined) checkedUrl('truthUrl', options.truthUrl, context);
  if (options.saleUrl !== undefined) checkedUrl('saleUrl', options.saleUrl, context);
  if (options.eventUrl !== undefined) checkedUrl('eventUrl', options.eventUrl, context);
  return new HttpTarget(base, options, context);
}

function checkedUrl(key: string, text: string, context: TargetContext): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `\`target.http.${key}\` is not an http or https URL.`,
      fix: 'Write it whole, such as `http://localhost:3000`.',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `\`target.http.${key}\` contains credentials.`,
      why: 'URLs end up in reports, and a password must not.',
      fix: 'Remove the part before the `@`.',
    });
  }
  requireConsent(url.hostname, `\`target.http.${key}\``, context);
  return url;
}

class HttpTarget implements Target {
  readonly #base: URL;
  readonly #options: HttpOptions;
  readonly #context: TargetContext;
  #terms: SaleTerms | undefined;

  constructor(base: URL, options: HttpOptions, context: TargetContext) {
    this.#base = base;
    this.#options = options;
    this.#context = context;
  }

  async start(): Promise<ProtocolSpec> {
    const { hostname, protocol, port, pathname, origin } = this.#base;
    const tls = protocol === 'https:';
    const basePath = pathname.replace(/\/+$/, '');
    const { status } = await fetchText(`${origin}${basePath}/health`, {
      method: 'GET',
      timeoutMs: probeTimeoutMs,
      maxBytes: probeMaxBytes,
      what: 'its health',
    });
    if (status >= 500) {
      throw new FlashsimError('TARGET_UNAVAILABLE', {
        what: `The server under test answered ${status} when asked for its health.`,
        fix: 'Make the server healthy before loading it.',
      });
    }
    if (this.#options.saleUrl !== undefined) await this.#postSale(null, null);
    // A truth that cannot be read is said now, not after a whole run.
    await this.#askTruth();
    return {
      target: 'http',
      endpoint: {
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port === '' ? (tls ? 443 : 80) : Number(port),
        tls,
      },
      basePath,
    };
  }

  contract(): Contract {
    const declared: Contract = {
      ...this.#options.contract,
      products: this.#context.products,
    };
    // Without a sale URL nobody told the server when to open: it promised only what is declared.
    if (this.#terms === undefined || this.#options.saleUrl === undefined) return declared;
    const { opensAtMs, closesAtMs } = this.#terms;
    return { ...declared, opensAtMs, ...(closesAtMs === undefined ? {} : { closesAtMs }) };
  }

  async openSale(terms: SaleTerms): Promise<void> {
    this.#terms = terms;
    if (this.#options.saleUrl === undefined) return;
    await this.#postSale(terms.opensAtMs, terms.closesAtMs ?? null);
  }

  async #postSale(opensAt: number | null, closesAt: number | null): Promise<void> {
    const { saleUrl } = this.#options;
    if (saleUrl === undefined) return;
    const { runId, products } = this.#context;
    const { status } = await fetchText(saleUrl, {
      method: 'POST',
      json: { runId, opensAt, closesAt, products },
      timeoutMs: truthTimeoutMs,
      maxBytes: probeMaxBytes,
      what: 'a new sale',
    });
    if (status >= 200 && status < 300) return;
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `The server under test answered ${status} to the sale's terms.`,
      fix: 'See its log, or correct `target.http.saleUrl`.',
    });
  }

  inject(): Promise<InjectedFault> {
    return Promise.resolve({
      fired: false,
      detail: 'an own server cannot be broken from here; only the reference server can',
    });
  }

  async apply(event: SaleEvent): Promise<AppliedEvent> {
    const { eventUrl } = this.#options;
    if (eventUrl === undefined) {
      const detail =
        'nobody can be told; say in `target.http.eventUrl` where the server takes events';
      return { outcome: 'fail', detail };
    }
    const { runId } = this.#context;
    try {
      const { status } = await fetchText(eventUrl, {
        method: 'POST',
        json: { runId, ...event },
        timeoutMs: probeTimeoutMs,
        maxBytes: probeMaxBytes,
        what: 'an event',
      });
      const detail = `the server answered ${status}`;
      if (status >= 200 && status < 300) return { outcome: 'ok', detail };
      return { outcome: status >= 400 && status < 500 ? 'fail' : 'info', detail };
    } catch (error) {
      return { outcome: 'info', detail: messageOf(error) };
    }
  }

  control(): Promise<ControlSale | undefined> {
    return Promise.resolve(undefined);
  }

  async inFlight(): Promise<number | undefined> {
    return (await this.#askTruth())?.inFlight;
  }

  async truth(): Promise<TruthSnapshot | undefined> {
    return (await this.#askTruth())?.snapshot;
  }

  async #askTruth(): Promise<ToldTruth | undefined> {
    const { truthUrl } = this.#options;
    if (truthUrl === undefined) return undefined;
    const { status, text } = await fetchText(truthUrl, {
      method: 'GET',
      timeoutMs: truthTimeoutMs,
      maxBytes: truthMaxBytes,
      what: 'the truth',
    });
    const told =
      status === 200
        ? parseTruth(text, { runId: this.#context.runId, nowMs: wallClockMs() })
        : { mistake: `the status is ${status}` };
    if ('snapshot' in told) return told;
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `The answer of \`target.http.truthUrl\` is no truth snapshot: ${told.mistake}.`,
      fix: 'Answer with the JSON that `GET /admin/truth` of `flashsim serve` gives.',
    });
  }

  incidents(): readonly string[] {
    return [];
  }

  processIds(): readonly number[] {
    return [];
  }

  stop(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}
