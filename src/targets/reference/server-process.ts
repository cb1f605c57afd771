import process from 'node:process';
import { assertNever } from '../../core/assert.ts';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import { AskingFailpoints } from './failpoints.ts';
import type { GatewayReport } from './gateway/gateway-report.ts';
import {
  type Answer,
  type FromServer,
  PendingAnswers,
  type ServerQuestion,
  type ToServer,
} from './ipc.ts';
import { answerOrders, type OrdersQuestion } from './orders/server-orders.ts';
import { processesBy } from './processes-by.ts';
import { createServer } from './server.ts';
import { type Control, createServices, type SaleState, type Services } from './services.ts';

/**
 * Connections that wait to be accepted. Everybody comes in the same second, and Node's default of
 * 511 would make the kernel drop some; it still caps this at net.core.somaxconn.
 */
const backlog = 4096;
/** For questions to the primary. */
const askTimeoutMs = 10_000;

/** Runs one server process under the primary that forked it. Ends when the primary does. */
export function runServerProcess(): void {
  const pending = new PendingAnswers();
  const failpoints = new AskingFailpoints((id, failpoint) => send({ type: 'hit', id, failpoint }));
  let services: Services | undefined;
  let sale: SaleState | undefined;

  const control = controlBy(pending);

  async function configure(message: Extract<ToServer, { type: 'configure' }>): Promise<void> {
    const { instance, host, port, settings } = message;
    sale = message.sale;
    failpoints.arm(message.armed);
    const current = (): SaleState => sale ?? message.sale;
    try {
      services = await createServices(settings, {
        instance,
        control,
        failpoints,
        sale: current,
        tell: (incident) => send({ type: 'incident', message: incident }),
      });
      await createServer(services).listen({ host, port, backlog });
      services.start();
      send({ type: 'ready' });
    } catch (error) {
      const portInUse = systemCodeOf(error) === 'EADDRINUSE';
      send({ type: 'failed', reason: messageOf(error), portInUse });
    }
  }

  async function answer(question: ServerQuestion): Promise<Answer> {
    if (question.kind !== 'set-sale') return answerBy(services, question);
    ({ sale } = question);
    services?.onSale();
    return { kind: 'done', detail: 'the sale is set' };
  }

  process.on('message', (message: ToServer) => {
    switch (message.type) {
      case 'configure':
        void configure(message);
        break;
      case 'ask':
        void answer(message.question)
          .catch((error: unknown) => ({ kind: 'not-done', detail: messageOf(error) }) as const)
          .then((answered) => send({ type: 'answer', id: message.id, answer: answered }));
        break;
      case 'answer':
        pending.settle(message.id, message.answer);
        break;
      case 'armed':
        failpoints.arm(message.failpoints);
        break;
      case 'go-on':
        failpoints.goOn(message.id);
        break;
    }
  });
  send({ type: 'loaded' });
}

async function answerBy(
  services: Services | undefined,
  question: Exclude<ServerQuestion, { kind: 'set-sale' }>,
): Promise<Answer> {
  switch (question.kind) {
    case 'cache-report': {
      const report = await services?.caches.report(question.productId);
      return { kind: 'cache-reports', reports: report === undefined ? [] : [report] };
    }
    case 'warm-up':
      await services?.caches.warmUpMemory(question.productId);
      return { kind: 'done', detail: 'the count is loaded' };
    case 'in-flight':
      return { kind: 'count', count: services?.gauge.inFlight ?? 0 };
    case 'slow':
      services?.gauge.slowDown(question.delayMs, question.durationMs);
      return { kind: 'done', detail: 'slowed down' };
    case 'gateway-report':
      return { kind: 'gateway-report', report: await gatewayReport(services) };
    case 'orders':
      return ordersOf(services, question.question);
    default:
      return assertNever(question, 'question');
  }
}

async function gatewayReport(services: Services | undefined): Promise<GatewayReport> {
  const { gateway } = services ?? {};
  const sessions = services?.hasSessionsInMemory === true ? await gateway?.registry.truth() : null;
  return { sessions: sessions ?? null, failedOpen: gateway?.failedOpen() ?? 0 };
}

async function ordersOf(services: Services | undefined, question: OrdersQuestion): Promise<Answer> {
  if (services === undefined) return { kind: 'not-done', detail: 'the server process is starting' };
  try {
    return { kind: 'orders', answer: await answerOrders(services.database, question) };
  } catch (error) {
    return { kind: 'not-done', detail: messageOf(error) };
  }
}

function send(message: FromServer): void {
  // A channel that closed means that the primary is gone, and this process is about to be.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

function controlBy(pending: PendingAnswers): Control {
  const ask = async (question: Extract<FromServer, { type: 'ask' }>['question']): Promise<Answer> =>
    pending.ask((id) => send({ type: 'ask', id, question }), askTimeoutMs);
  return {
    setSale: async (next) => {
      const answer = await ask({ kind: 'set-sale', sale: next });
      if (answer.kind !== 'done') throw new Error('the sale could not be set everywhere');
    },
    inFlight: async () => {
      const answer = await ask({ kind: 'in-flight' });
      if (answer.kind === 'count') return answer.count;
      throw new Error('the requests under way could not be counted');
    },
    processes: processesBy(ask),
  };
}
