import { assert } from '../../../core/assert.ts';
import { parseTemplate } from '../../../core/templates.ts';
import type { Operation } from '../../../history/vocabulary.ts';
import { retryAfterOf } from '../../retry-after.ts';
import type { Classified, Protocol, ProtocolSpec, WireResponse } from '../../target.ts';
import {
  type RequestTemplate,
  type RequestTemplates,
  type TemplateOperation,
  templateOperations,
} from '../options.ts';
import { outcomeNames } from '../outcome-names.ts';
import { Answer } from './answer.ts';
import { compileCapture, describeCapture, type Finder } from './captures.ts';
import { type CompiledRequest, compileRequest } from './compile-request.ts';
import { compileOutcomes, type Outcomes } from './outcome-rules.ts';
import { type ShopperValues, shopperGetters } from './placeholders.ts';
import { Sessions } from './sessions.ts';
import { UnmappedAnswers } from './unmapped-answers.ts';

/** The code of an answer that no rule fits. Nobody knows what it means. */
const unmappedCode = 'unmapped';
const instancePattern = /^[\x21-\x7e]{1,64}$/;

/** Refusals of a look-up itself: they say nothing of the order. */
const aboutTheLookUp: ReadonlySet<string> = new Set([
  'not-found',
  'unauthorized',
  'limited',
  'overloaded',
  'device-limit',
  'bad-request',
]);

interface CompiledOperation {
  readonly write: CompiledRequest<ShopperValues>;
  readonly outcomes: Outcomes;
  readonly needsOrderId: boolean;
  readonly captures: ReadonlyMap<string, { readonly find: Finder; readonly place: string }>;
}

/** A protocol for a server that has an API of its own, as the scenario describes it. */
export function createTemplateProtocol(spec: ProtocolSpec): Protocol {
  return new TemplateProtocol(spec);
}

class TemplateProtocol implements Protocol {
  readonly #operations: ReadonlyMap<Operation, CompiledOperation>;
  readonly #sessions: Sessions;
  readonly #keepsCookies: boolean;
  readonly #unmapped: UnmappedAnswers;
  /** Set when devices need no login. */
  declare readonly session?: string;

  constructor(spec: ProtocolSpec) {
    const { templates } = spec;
    assert(templates !== undefined, 'the protocol has templates');
    const { requests, cookies } = templates;
    this.#keepsCookies = cookies;
    this.#sessions = new Sessions(requests.login, cookies);
    this.#unmapped = new UnmappedAnswers(templates, this.#sessions);
    this.#operations = compileAll(requests, spec, this.#sessions);
    if (requests.login === undefined) this.session = this.#sessions.none;
  }

  request(operation: Operation, context: ShopperValues['context']): Buffer {
    const compiled = this.#operations.get(operation);
    assert(compiled !== undefined, `there is a template for ${operation}`);
    const token = operation === 'login' ? undefined : context.token;
    return compiled.write({ context, session: this.#sessions.read(token) });
  }

  supports(operation: Operation, { orderId }: { readonly orderId?: string }): boolean {
    const compiled = this.#operations.get(operation);
    if (compiled === undefined) return false;
    return !compiled.needsOrderId || (orderId !== undefined && orderId !== '');
  }

  renew(token: string, cookies: string): string {
    return this.#sessions.renew(token, cookies);
  }

  unmapped(): ReturnType<UnmappedAnswers['all']> {
    return this.#unmapped.all();
  }

  classify(operation: Operation, response: WireResponse): Classified {
    const answer = new Answer(response);
    const compiled = this.#operations.get(operation);
    const meaning: Meaning = this.#meaningOf(operation, answer, compiled);
    const instance = compiled?.captures.get('instance')?.find(answer);
    const told = instance ?? response.header('x-instance');
    if (told !== undefined && instancePattern.test(told)) meaning.instance = told;
    if (meaning.outcome !== 'ok') {
      const retryAfterMs = retryAfterOf(response);
      if (retryAfterMs !== undefined) meaning.retryAfterMs = retryAfterMs;
    }
    // Few answers set any: the others are not searched for them twice.
    const mayKeep = this.#keepsCookies && operation !== 'login';
    if (mayKeep && response.header('set-cookie') !== undefined && answer.cookies.size > 0) {
      meaning.cookies = Array.from(answer.cookies, ([name, value]) => `${name}=${value}`).join(
        '; ',
      );
    }
    return meaning;
  }

  #meaningOf(
    operation: Operation,
    answer: Answer,
    compiled: CompiledOperation | undefined,
  ): Meaning {
    const name = compiled?.outcomes(answer);
    if (compiled === undefined || name === undefined) {
      // Servers break in ways that nobody declares: what became of the request is open either way.
      if (answer.status >= 500) return { outcome: 'info', code: 'server-error' };
      this.#unmapped.note(operation, answer);
      return { outcome: 'info', code: unmappedCode };
    }
    const { outcome, code } = outcomeNames[name];
    if (outcome === 'fail') {
      const saysNothing = operation === 'status' && aboutTheLookUp.has(code);
      return saysNothing && isSuccess(answer.status)
        ? { outcome: 'info', code }
        : { outcome, code };
    }
    if (name === 'ok' && operation === 'login') return this.#loggedIn(answer);
    return this.#withCaptures(operation, answer, { outcome, code }, compiled);
  }

  #loggedIn(answer: Answer): Meaning {
    const session = this.#sessions.begin(answer);
    if ('token' in session) return { outcome: 'ok', code: 'ok', token: session.token };
    this.#unmapped.note('login', answer, session.mistake);
    return { outcome: 'info', code: 'bad-response' };
  }

  #withCaptures(
    operation: Operation,
    answer: Answer,
    meaning: Meaning,
    { captures }: CompiledOperation,
  ): Meaning {
    const id = captures.get('orderId');
    if (id !== undefined) {
      const orderId = id.find(answer);
      if (orderId !== undefined) meaning.orderId = orderId;
      else if (operation === 'order' && meaning.outcome === 'ok') {
        this.#unmapped.note(
          operation,
          answer,
          `the capture "orderId" found nothing at ${id.place}`,
        );
        return { outcome: 'info', code: 'bad-response' };
      }
    }
    const remaining = Number(captures.get('remaining')?.find(answer));
    if (Number.isSafeInteger(remaining)) meaning.remaining = remaining;
    return meaning;
  }
}

/** A meaning that is still being put together. */
type Meaning = { -readonly [K in keyof Classified]: Classified[K] };

function compileAll(
  requests: RequestTemplates,
  spec: ProtocolSpec,
  sessions: Sessions,
): ReadonlyMap<Operation, CompiledOperation> {
  return new Map(
    templateOperations.flatMap((operation) => {
      const template = requests[operation];
      return template === undefined
        ? []
        : [[operation, compileOperation(operation, template, spec, sessions)] as const];
    }),
  );
}

function compileOperation(
  operation: TemplateOperation,
  template: RequestTemplate,
  spec: ProtocolSpec,
  sessions: Sessions,
): CompiledOperation {
  const { endpoint, basePath, templates } = spec;
  assert(templates !== undefined, 'the protocol has templates');
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const cookieIndex = sessions.names.length;
  const sendsCookies = templates.cookies && operation !== 'login';
  const rules = [...(template.outcomes ?? defaultRules), ...templates.outcomes];
  return {
    write: compileRequest<ShopperValues>(template, {
      host: `${host}:${endpoint.port}`,
      basePath,
      headers: templates.headers,
      getterOf: shopperGetters(templates, sessions.names),
      ...(sendsCookies ? { cookie: ({ session }) => session[cookieIndex] ?? '' } : {}),
    }),
    outcomes: compileOutcomes(rules),
    needsOrderId: usesOrderId(template),
    // Those of a login make the session.
    captures: new Map(
      Object.entries(operation === 'login' ? {} : (template.capture ?? {})).map(
        ([name, capture]) => [
          name,
          { find: compileCapture(capture), place: describeCapture(capture) },
        ],
      ),
    ),
  };
}

/** Of a request that says nothing of its answers: those of which there is little to tell. */
const defaultRules = [{ status: '2xx', is: 'ok' }] as const;

function usesOrderId({ path, headers, json, form, body }: RequestTemplate): boolean {
  const texts = JSON.stringify([path, headers, json, form, body]);
  const pieces = parseTemplate(texts);
  return (
    'length' in pieces &&
    pieces.some(
      (piece) => typeof piece === 'object' && piece.root === 'order' && piece.name === 'id',
    )
  );
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
