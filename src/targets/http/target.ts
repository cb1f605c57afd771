import { wallClockMs } from '../../core/clock.ts';
import { FlashsimError, messageOf } from '../../core/errors.ts';
import { Secrets } from '../../core/secrets.ts';
import type { Contract } from '../../history/contract.ts';
import type { CheckRecord, SaleEvent } from '../../history/run-record.ts';
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
  TlsMaterial,
} from '../target.ts';
import { checkFeederColumns, readFeeders } from './feeders.ts';
import { fetchText } from './fetch-text.ts';
import type { HttpOptions, SaleRequest } from './options.ts';
import { instantIn, reasonOf, sendSaleRequests } from './sale-requests.ts';
import type { Feeders } from './template-spec.ts';
import { readTlsFiles } from './tls-files.ts';
import { checkTruthHosts, openTruthReader, type TruthReader } from './truth/truth-reader.ts';
import { parseTruth, type ToldTruth } from './truth-json.ts';

const probeTimeoutMs = 5_000;
const truthTimeoutMs = 30_000;
const probeMaxBytes = 1024 * 1024;
/** About 2 million orders with their ledger. */
const truthMaxBytes = 512 * 1024 * 1024;

/**
 * A server of the user's own, by an API of its own or the reference API.
 * Throws REMOTE_NOT_ALLOWED for hosts outside loopback without both consents, SCENARIO_INVALID for
 * URLs that cannot be used.
 */
export function createHttpTarget(options: HttpOptions, context: TargetContext): Target {
  const base = checkedUrl('baseUrl', options.baseUrl, context);
  if (options.truthUrl !== undefined) checkedUrl('truthUrl', options.truthUrl, context);
  if (options.saleUrl !== undefined) checkedUrl('saleUrl', options.saleUrl, context);
  if (options.eventUrl !== undefined) checkedUrl('eventUrl', options.eventUrl, context);
  if (options.truth !== undefined) checkTruthHosts(options.truth, context);
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
  readonly #basePath: string;
  readonly #options: HttpOptions;
  readonly #context: TargetContext;
  readonly #captured: Record<string, string> = {};
  readonly #incidents: string[] = [];
  readonly #secrets: Secrets;
  #tls: TlsMaterial | undefined;
  #truthReader: TruthReader | undefined;
  #terms: SaleTerms | undefined;
  #opensAtMs: number | undefined;
  #isSetUp = false;

  constructor(base: URL, options: HttpOptions, context: TargetContext) {
    this.#base = base;
    this.#basePath = base.pathname.replace(/\/+$/, '');
    this.#options = options;
    this.#context = context;
    this.#secrets = context.secrets ?? new Secrets();
  }

  async start(): Promise<ProtocolSpec> {
    const { options, context } = { options: this.#options, context: this.#context };
    const { folder = '.', people = 1 } = context;
    if (options.tls !== undefined) this.#tls = await readTlsFiles(options.tls, folder);
    const feeders = await readFeeders(options.feeders ?? {}, folder, people);
    checkFeederColumns([options.requests, options.headers], feeders);
    await this.#lookUpHealth();
    this.#isSetUp = true;
    await this.#send('setup', options.setup);
    this.#opensAtMs = this.#capturedOpening();
    if (options.saleUrl !== undefined) await this.#postSale(null, null);
    // A truth that cannot be read is said now, not after a whole run.
    await this.#openTruth(feeders);
    return this.#protocolSpec(feeders);
  }

  #protocolSpec(feeders: Feeders): ProtocolSpec {
    const { hostname, protocol, port } = this.#base;
    const { requests, outcomes = [], headers = {}, cookies = true } = this.#options;
    const tls = protocol === 'https:';
    const { runId } = this.#context;
    return {
      target: 'http',
      endpoint: {
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port === '' ? (tls ? 443 : 80) : Number(port),
        tls,
      },
      basePath: this.#basePath,
      ...(this.#tls === undefined ? {} : { tls: this.#tls }),
      ...(requests === undefined
        ? {}
        : {
            templates: {
              ...{ runId, requests, outcomes, headers, cookies, feeders },
              setup: { ...this.#captured },
              secrets: this.#secrets.values,
            },
          }),
    };
  }

  /** Of a server with an API of its own any answer shows that it is there. */
  async #lookUpHealth(): Promise<void> {
    const isReference = this.#options.requests === undefined;
    const { status } = await this.#fetch(isReference ? '/health' : '/', 'its health');
    if (!isReference || status < 500) return;
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `The server under test answered ${status} when asked for its health.`,
      fix: 'Make the server healthy before loading it.',
    });
  }

  #fetch(path: string, what: string): ReturnType<typeof fetchText> {
    return fetchText(`${this.#base.origin}${this.#basePath}${path}`, {
      method: 'GET',
      timeoutMs: probeTimeoutMs,
      maxBytes: truthMaxBytes,
      what,
      tls: this.#tls,
    });
  }

  async #send(
    list: 'setup' | 'announce' | 'teardown',
    requests: readonly SaleRequest[] = [],
  ): Promise<void> {
    const { runId, products } = this.#context;
    const baseUrl = `${this.#base.origin}${this.#basePath}`;
    const tls = this.#tls;
    const secrets = this.#secrets;
    const context = { baseUrl, tls, runId, products, terms: this.#terms, secrets };
    await sendSaleRequests(list, requests, context, this.#captured);
  }

  #capturedOpening(): number | undefined {
    const { openingCapture } = this.#options;
    if (openingCapture === undefined) return undefined;
    const told = this.#captured[openingCapture] ?? '';
    const opensAtMs = instantIn(told);
    if (opensAtMs !== undefined) return opensAtMs;
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `The server under test told an opening that is no instant: ${told.slice(0, 60)}.`,
      fix: 'Capture an ISO 8601 instant with a time zone, or seconds or milliseconds since 1970.',
    });
  }

  async #openTruth(feeders: Feeders): Promise<void> {
    const { truth } = this.#options;
    if (truth === undefined) {
      await this.#askTruth();
      return;
    }
    this.#truthReader = await openTruthReader({
      truth,
      context: this.#context,
      baseUrl: `${this.#base.origin}${this.#basePath}`,
      tls: this.#tls,
      feeders,
      startedAtMs: wallClockMs(),
    });
    await this.#truthReader.read();
    const [broken] = (await this.#truthReader.checks()).filter(({ problem }) => problem !== '');
    if (broken === undefined) return;
    throw new FlashsimError('STORE_REFUSED', {
      what: `The check "${broken.name}" of \`target.http.truth\` cannot be asked.`,
      why: broken.problem,
      fix: 'Correct the query: a SELECT of one number.',
    });
  }

  contract(): Contract {
    const { contract, saleUrl, announce, saleWindow } = this.#options;
    const declared: Contract = { ...contract, products: this.#context.products };
    // Nobody told the server when to open, and it told nobody: it promised only what is declared.
    const isKnown =
      saleUrl !== undefined ||
      (announce ?? []).length > 0 ||
      saleWindow === true ||
      this.#opensAtMs !== undefined;
    if (this.#terms === undefined || !isKnown) return declared;
    const { opensAtMs, closesAtMs } = this.#terms;
    return { ...declared, opensAtMs, ...(closesAtMs === undefined ? {} : { closesAtMs }) };
  }

  opensAtMs(): number | undefined {
    return this.#opensAtMs;
  }

  async openSale(terms: SaleTerms): Promise<void> {
    this.#terms = terms;
    await this.#send('announce', this.#options.announce);
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
      tls: this.#tls,
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
        tls: this.#tls,
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
    if (this.#truthReader !== undefined) return this.#truthReader.read();
    return (await this.#askTruth())?.snapshot;
  }

  hiddenStore(): string | undefined {
    return this.#truthReader?.hidden;
  }

  async checks(): Promise<readonly CheckRecord[]> {
    return (await this.#truthReader?.checks()) ?? [];
  }

  async #askTruth(): Promise<ToldTruth | undefined> {
    const { truthUrl } = this.#options;
    if (truthUrl === undefined) return undefined;
    const { status, text } = await fetchText(truthUrl, {
      method: 'GET',
      timeoutMs: truthTimeoutMs,
      maxBytes: truthMaxBytes,
      what: 'the truth',
      tls: this.#tls,
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
    return this.#incidents;
  }

  processIds(): readonly number[] {
    return [];
  }

  async tearDown(): Promise<void> {
    if (!this.#isSetUp) return;
    this.#isSetUp = false;
    try {
      await this.#send('teardown', this.#options.teardown);
    } catch (error) {
      // What was played stands, whatever the server makes of its end.
      this.#incidents.push(reasonOf(error));
    }
  }

  async stop(): Promise<readonly string[]> {
    await this.tearDown();
    this.#truthReader?.close();
    return [];
  }
}
