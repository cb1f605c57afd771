import { assertNever } from '../../../core/assert.ts';
import { nsPerMs, runClock, sleep, takeEpoch } from '../../../core/clock.ts';
import type { ProductContract } from '../../../history/contract.ts';
import type { OrderTruth, SaleDatabase, TruthScope } from './order-database.ts';

/**
 * What whoever runs the sale asks of the one server process that has the orders in its memory. Plain,
 * because it crosses process borders.
 */
export type OrdersQuestion =
  | { readonly ask: 'truth'; readonly runId: string; readonly scope: TruthScope }
  | { readonly ask: 'restock'; readonly productId: string; readonly quantity: number }
  | { readonly ask: 'insert-products'; readonly products: readonly ProductContract[] };

/** What comes back: to each question its own. */
export type OrdersAnswer =
  | { readonly answer: 'truth'; readonly truth: OrderTruth }
  /** null when there is no such product. */
  | { readonly answer: 'restock'; readonly stock: number | null }
  | { readonly answer: 'insert-products' };

/** Answers in the process that has the orders. */
export async function answerOrders(
  database: SaleDatabase,
  question: OrdersQuestion,
): Promise<OrdersAnswer> {
  switch (question.ask) {
    case 'truth':
      return { answer: 'truth', truth: await database.truth(question.runId, question.scope) };
    case 'restock': {
      const { productId, quantity } = question;
      return { answer: 'restock', stock: (await database.restock(productId, quantity)) ?? null };
    }
    case 'insert-products':
      await database.insertProducts(question.products);
      return { answer: 'insert-products' };
    default:
      return assertNever(question, 'question');
  }
}

/** A process that died is replaced within a second or two; a look at its orders waits for that. */
const replacementTimeoutMs = 10_000;
const pollMs = 50;

/**
 * The orders of a server process, seen from outside.
 *
 * @param ask rejects when the process did not answer, as while it is being replaced
 */
export function ordersOfServer(
  ask: (question: OrdersQuestion) => Promise<OrdersAnswer>,
): SaleDatabase {
  const patiently = async (question: OrdersQuestion): Promise<OrdersAnswer> => {
    const elapsedNs = runClock(takeEpoch());
    for (;;) {
      try {
        return await ask(question);
      } catch (error) {
        if (elapsedNs() / nsPerMs > replacementTimeoutMs) throw error;
        await sleep(pollMs);
      }
    }
  };
  return {
    // Each server process begins with the products, and takes them along when it ends.
    create: () => Promise.resolve(),
    drop: () => Promise.resolve(),
    insertProducts: async (products) => {
      await ask({ ask: 'insert-products', products });
    },
    restock: async (productId, quantity) => {
      const answer = await ask({ ask: 'restock', productId, quantity });
      return answer.answer === 'restock' ? (answer.stock ?? undefined) : undefined;
    },
    truth: async (runId, scope = 'sale') => {
      const answer = await patiently({ ask: 'truth', runId, scope });
      if (answer.answer !== 'truth') throw new Error('the server’s answer is no truth');
      return answer.truth;
    },
    // A process that does not answer may have done it all the same.
    isOutcomeUnknown: () => true,
    close: () => Promise.resolve(),
  };
}
