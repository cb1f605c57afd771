import { FlashsimError } from '../../core/errors.ts';
import { requireConsent } from '../remote-consent.ts';
import { parseMysqlUrl } from '../stores/mysql-url.ts';
import { postgresAddressOf } from '../stores/postgres-url.ts';
import { redisAddressOf } from '../stores/redis-url.ts';
import { connectionsOf, smallestPlan } from './connection-plan.ts';
import { controlProductId } from './control-product.ts';
import type { ReferenceOptions, TargetContext } from './options.ts';
import { orderings } from './orders/orderings/registry.ts';
import { stockStrategies, stockStrategy } from './stock/registry.ts';

/** Connections that all server processes share: 20 less one for the truth and one to spare. */
export const serverConnections = 18;

/**
 * Whether the order server can run with these settings.
 *
 * @throws {FlashsimError} SCENARIO_INVALID for settings that cannot work, REMOTE_NOT_ALLOWED for a
 *   database elsewhere without both consents
 */
export function checkOptions(options: ReferenceOptions, context: TargetContext): void {
  checkStrategies(options.stock);
  checkStore(options);
  checkProcesses(options);
  checkWaitingRoom(options);
  if (context.products.some(({ id }) => id === controlProductId)) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `A product is called \`${controlProductId}\`.`,
      why: 'That is the product of the positive control.',
      fix: 'Give it another `id`.',
    });
  }
  const { postgres, mysql, redis } = options.stores;
  if (postgres !== undefined) {
    requireConsent(postgresAddressOf(postgres).host, 'PostgreSQL', context);
  }
  if (mysql !== undefined) requireConsent(parseMysqlUrl(mysql).host, 'MySQL', context);
  if (redis !== undefined) requireConsent(redisAddressOf(redis).host, 'Redis', context);
}

function checkStrategies({ strategy, store, strategies = {} }: ReferenceOptions['stock']): void {
  for (const name of [strategy, ...Object.values(strategies)]) {
    const entry = stockStrategy(name);
    if (entry === undefined) {
      throw new FlashsimError('SCENARIO_INVALID', {
        what: `There is no stock strategy \`${name}\`.`,
        fix: `Use one of: ${Object.keys(stockStrategies).join(', ')}.`,
      });
    }
    if (entry.stores.includes(store)) continue;
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `The stock strategy \`${name}\` cannot count on store ${store}.`,
      fix: `Use it on ${entry.stores.join(' or ')}, or take another.`,
    });
  }
}

function checkStore({ processes, ordering, stock }: ReferenceOptions): void {
  if (stock.store !== 'postgres' && orderings[ordering].queues !== 'none') {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `\`ordering\` is ${ordering} with store ${stock.store}.`,
      why: 'The queue is in PostgreSQL, and is decided in one place with the orders.',
      fix: 'Use store postgres, or sync.',
    });
  }
  if (stock.store === 'memory' && processes !== 1) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `\`processes\` is ${processes} with store memory.`,
      why: 'Orders in the memory of one process are not seen by another.',
      fix: 'Use one process, or another store.',
    });
  }
}

function checkWaitingRoom({ processes, waitingRoom }: ReferenceOptions): void {
  if (waitingRoom === undefined || processes === 1) return;
  throw new FlashsimError('SCENARIO_INVALID', {
    what: `\`processes\` is ${processes} with a waiting room.`,
    why: 'A waiting room in the memory of one process is not seen by another.',
    fix: 'Use one process, or no waiting room.',
  });
}

function checkProcesses({ processes, ordering }: ReferenceOptions): void {
  const connections = 1 + connectionsOf(smallestPlan(ordering));
  const most = Math.floor(serverConnections / connections);
  if (Number.isInteger(processes) && processes >= 1 && processes <= most) return;
  throw new FlashsimError('SCENARIO_INVALID', {
    what: `\`processes\` is ${processes}.`,
    why: `Every process needs ${connections} database connection(s) with \`ordering: ${ordering}\`, and all share ${serverConnections}.`,
    fix: `Use an integer from 1 to ${most}.`,
  });
}
