import { FlashsimError, messageOf } from '../../core/errors.ts';
import { isSecretName, type Secrets } from '../../core/secrets.ts';
import { nameOfPlaceholder, type Placeholder } from '../../core/templates.ts';
import type { ProductContract } from '../../history/contract.ts';
import type { SaleTerms, TlsMaterial, WireResponse } from '../target.ts';
import { type FetchedText, fetchText } from './fetch-text.ts';
import type { SaleRequest } from './options.ts';
import { Answer } from './templates/answer.ts';
import { compileCapture, describeCapture } from './templates/captures.ts';
import { compileText, requestParts } from './templates/compile-request.ts';
import { statusTest } from './templates/outcome-rules.ts';
import { fixedValue, type Getter } from './templates/placeholders.ts';

const timeoutMs = 30_000;
const maxBytes = 1024 * 1024;

/** What the requests of flashsim's own are filled with. */
export interface SaleRequestContext {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly tls: TlsMaterial | undefined;
  readonly runId: string;
  readonly products: readonly ProductContract[];
  readonly terms?: SaleTerms | undefined;
  /** What no message shows. */
  readonly secrets: Secrets;
}

interface SaleValues {
  readonly product: ProductContract | undefined;
}

/**
 * Sends requests one after the other, each that names a product once for every product.
 *
 * @param captured what earlier ones captured, by name; what these capture is added
 * @throws FlashsimError TARGET_UNAVAILABLE when an answer is not as it should be
 */
export async function sendSaleRequests(
  list: string,
  requests: readonly SaleRequest[],
  context: SaleRequestContext,
  captured: Record<string, string>,
): Promise<void> {
  for (const [index, request] of requests.entries()) {
    const products = namesProduct(request) ? context.products : [undefined];
    for (const product of products) {
      await sendOne(`${list}[${index}]`, request, { context, captured, product });
    }
  }
}

interface Sending {
  readonly context: SaleRequestContext;
  readonly captured: Record<string, string>;
  readonly product: ProductContract | undefined;
}

async function sendOne(name: string, request: SaleRequest, sending: Sending): Promise<void> {
  const { context, captured, product } = sending;
  const getterOf = getters(context, captured);
  const { path, headers, body } = requestParts(request, {}, getterOf);
  const values: SaleValues = { product };
  const answer = await fetchText(`${context.baseUrl}${path(values)}`, {
    method: request.method,
    headers: Object.fromEntries(headers.map(([field, write]) => [field, write(values)])),
    body: body?.(values),
    timeoutMs,
    maxBytes,
    what: `target.http.${name}`,
    tls: context.tls,
  });
  if (!statusTest(request.expect ?? '2xx')(answer.status)) {
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: `The server under test answered ${answer.status} to \`target.http.${name}\`.`,
      ...excerptOf(answer, context.secrets),
      fix: 'See its log, or correct the request; `expect` lists other statuses that are right.',
    });
  }
  const seen = new Answer(wireOf(answer));
  for (const [key, capture] of Object.entries(request.capture ?? {})) {
    const value = compileCapture(capture)(seen);
    if (value === undefined) {
      throw new FlashsimError('TARGET_UNAVAILABLE', {
        what: `The answer to \`target.http.${name}\` has no "${key}" at ${describeCapture(capture)}.`,
        ...excerptOf(answer, context.secrets),
        fix: 'Correct the capture.',
      });
    }
    captured[key] = value;
    if (isSecretName(key)) context.secrets.learn([value]);
  }
}

function wireOf({ status, text, header }: FetchedText): WireResponse {
  return { status, header, body: Buffer.from(text) };
}

function excerptOf({ text }: FetchedText, secrets: Secrets): { readonly why?: string } {
  if (text === '') return {};
  // Masked before it is cut: half a secret is nobody's business either.
  const line = secrets.text(text).replaceAll(/\s+/g, ' ').trim();
  return { why: `It said: ${line.length > 160 ? `${line.slice(0, 159)}…` : line}` };
}

function namesProduct(request: SaleRequest): boolean {
  return /\{\{\s*product\./.test(JSON.stringify(request));
}

function getters(
  { runId, terms }: SaleRequestContext,
  setup: Readonly<Record<string, string>>,
): (placeholder: Placeholder) => Getter<SaleValues> {
  return (placeholder) => {
    const fixed = fixedValue({ runId, setup }, placeholder);
    if (fixed !== undefined) return () => fixed;
    const { root, name } = placeholder;
    if (root === 'opening') return () => instantOf(terms?.opensAtMs, name);
    if (root === 'closing') return () => instantOf(terms?.closesAtMs, name);
    return ({ product }) => {
      switch (nameOfPlaceholder(placeholder)) {
        case 'product.id':
          return product?.id ?? '';
        case 'product.stock':
          return product?.stock ?? 0;
        default:
          return product?.limitPerUser ?? 0;
      }
    };
  };
}

/** Empty where there is none: a sale that never closes. */
function instantOf(ms: number | undefined, unit: string): string | number {
  if (ms === undefined) return '';
  if (unit === 'iso') return new Date(ms).toISOString();
  return Math.round(unit === 's' ? ms / 1_000 : ms);
}

/** An instant that a server told: ISO 8601, or ms or s since 1970. undefined when it is none. */
export function instantIn(text: string): number | undefined {
  const number = Number(text);
  if (text !== '' && Number.isFinite(number)) return number < 1e11 ? number * 1_000 : number;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A text of a query or a path that is the same for all of a run. */
export function fillRunText(text: string, values: Readonly<Record<string, string>>): string {
  return compileText(text, (placeholder) => {
    const value = values[nameOfPlaceholder(placeholder)] ?? '';
    return () => value;
  })(undefined);
}

/** What an error says of why something could not be done at the end, where nobody waits for it. */
export function reasonOf(error: unknown): string {
  return error instanceof FlashsimError
    ? `${error.what} ${error.why ?? ''}`.trim()
    : messageOf(error);
}
