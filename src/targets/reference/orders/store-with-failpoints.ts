import type { Failpoints } from '../failpoints.ts';
import type {
  OrderStore,
  OrderTransaction,
  StockMovement,
  TransactionEnd,
  TransactionMode,
} from './order-store.ts';

/**
 * The store with the failpoints that every strategy passes, whatever its way: after units were taken,
 * before a commit, and with a lock of the database in hand. Only units that go count: a cancel is not
 * what the failpoints are about.
 */
export function storeWithFailpoints(store: OrderStore, failpoints: Failpoints): OrderStore {
  const afterTaking = async <T>(movement: StockMovement, move: () => Promise<T>): Promise<T> => {
    const moved = await move();
    const isTaken = moved !== undefined && moved !== false;
    if (isTaken && movement.delta < 0) await failpoints.reach('after-decrement');
    return moved;
  };
  const wrap = (tx: OrderTransaction): OrderTransaction => ({
    ...tx,
    lockStock: async (productId) => {
      const stock = await tx.lockStock(productId);
      await failpoints.reach('holding-lock');
      return stock;
    },
    writeStock: (movement, stockAfter) =>
      afterTaking(movement, async () => {
        await tx.writeStock(movement, stockAfter);
        return true;
      }).then(() => undefined),
    writeVersioned: (movement, stockAfter, version) =>
      afterTaking(movement, () => tx.writeVersioned(movement, stockAfter, version)),
    moveStock: (movement) => afterTaking(movement, () => tx.moveStock(movement)),
    adjustStock: (movement) => afterTaking(movement, () => tx.adjustStock(movement)),
  });
  return {
    ...store,
    transaction: <T>(
      work: (tx: OrderTransaction) => Promise<TransactionEnd<T>>,
      mode?: TransactionMode,
    ) =>
      store.transaction(async (tx) => {
        if (mode?.kind === 'table-locked' || mode?.kind === 'advisory-locked') {
          await failpoints.reach('holding-lock');
        }
        const end = await work(wrap(tx));
        if (end.commit) await failpoints.reach('before-commit');
        return end;
      }, mode),
    writeStock: (movement, stockAfter) =>
      afterTaking(movement, async () => {
        await store.writeStock(movement, stockAfter);
        return true;
      }).then(() => undefined),
    moveStock: (movement) => afterTaking(movement, () => store.moveStock(movement)),
  };
}
