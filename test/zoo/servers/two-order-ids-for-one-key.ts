import { randomUUID } from 'node:crypto';
import { polling } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { Asynchronous } from './asynchronous.ts';

class TwoOrderIdsForOneKey extends Asynchronous {
  /** The order is made under another id than the one that its buyer was given. */
  protected override async decide(entry: Parameters<Asynchronous['decide']>[0]): Promise<void> {
    await super.decide(entry);
    const index = this.rows.findIndex(({ id }) => id === entry.orderId);
    const made = this.rows[index];
    if (made !== undefined) this.rows[index] = { ...made, id: randomUUID() };
  }
}

export const twoOrderIdsForOneKey: Specimen = {
  name: 'two-order-ids-for-one-key',
  story: 'accepts an order under one id and makes it under another',
  create: (promises) => new TwoOrderIdsForOneKey(promises),
  scenario: polling,
  expected: caughtBy('duplicateOrder'),
};
