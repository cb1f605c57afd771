import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detailsOf, forgetAttempts, type LogicalOrder } from '../../../src/audit/logical-order.ts';
import { OrderTable } from '../../../src/audit/order-table.ts';
import { defined } from '../../../src/core/assert.ts';

const index = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const ns = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
const ids = fc.array(fc.string(), { maxLength: 2 });
const few = fc.nat(9);

type Fields = Omit<LogicalOrder, 'ordinal' | 'intent' | 'keyVariant' | 'details'>;

/** Values for every field that can be changed. */
const anyFields: fc.Arbitrary<Fields> = fc.record({
  user: fc.nat(2 ** 32 - 1),
  product: fc.integer({ min: -1, max: 32_767 }),
  quantity: fc.nat(65_535),
  attempts: fc.nat(10_000_000),
  outcome: fc.constantFrom('ok', 'fail', 'info'),
  firstAttempt: index,
  lastAttempt: index,
  firstSentNs: ns,
  okNs: ns,
  okAttempt: index,
  orderIds: ids,
  otherOkAttempt: index,
  soldOutAttempt: index,
  soldOutSentNs: ns,
  cancel: fc.constantFrom('none', 'info', 'ok'),
  lookUp: fc.constantFrom('none', 'found', 'not-found', 'refused', 'cancelled'),
  confirmedRows: few,
  confirmedUnits: few,
  pendingRows: few,
  pendingUnits: few,
  cancelledRows: few,
  rowIds: ids,
});

function fieldsOf(order: LogicalOrder, like: object): object {
  return Object.fromEntries(
    Object.keys(like).map((name) => [name, order[name as keyof LogicalOrder]]),
  );
}

const untouched: Fields = {
  user: 0,
  product: -1,
  quantity: 0,
  attempts: 0,
  outcome: 'fail',
  firstAttempt: -1,
  lastAttempt: -1,
  firstSentNs: Number.NaN,
  okNs: Number.POSITIVE_INFINITY,
  okAttempt: -1,
  orderIds: [],
  otherOkAttempt: -1,
  soldOutAttempt: -1,
  soldOutSentNs: Number.NaN,
  cancel: 'none',
  lookUp: 'none',
  confirmedRows: 0,
  confirmedUnits: 0,
  pendingRows: 0,
  pendingUnits: 0,
  cancelledRows: 0,
  rowIds: [],
};

describe('OrderTable', () => {
  it('keeps every field of every order, and those of one apart from those of another', () => {
    fc.assert(
      fc.property(fc.array(anyFields, { minLength: 1, maxLength: 20 }), (all) => {
        const table = new OrderTable();
        for (const [intent, fields] of all.entries()) {
          Object.assign(table.getOrAdd(intent, 0), fields);
        }
        for (const [intent, fields] of all.entries()) {
          const order = defined(table.get(intent, 0), 'order');
          expect(fieldsOf(order, untouched)).toEqual(fields);
          expect(order).toMatchObject({ ordinal: intent, intent, keyVariant: 0 });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds an order by intent and key variant, whatever they are', () => {
    const intent = fc.oneof(fc.nat(40), fc.constantFrom(2 ** 24 - 1, 2 ** 24, 2 ** 31 - 1));
    const key = fc.tuple(intent, fc.constantFrom(0, 1, 1000, 65_535));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
        const table = new OrderTable();
        const named = new Map<string, LogicalOrder>();
        for (const [intent, keyVariant] of keys) {
          const name = `${intent}.${keyVariant}`;
          const known = named.get(name);
          expect(table.get(intent, keyVariant)).toBe(known);
          const order = table.getOrAdd(intent, keyVariant);
          expect(order).toMatchObject({ intent, keyVariant });
          if (known !== undefined) expect(order).toBe(known);
          named.set(name, order);
        }
        const all = Array.from({ length: table.length }, (_, ordinal) => table.at(ordinal));
        expect(all).toEqual([...named.values()]);
        expect(all.map(({ ordinal }) => ordinal)).toEqual([...all.keys()]);
      }),
      { numRuns: 100 },
    );
  });

  it('holds more orders than a block', () => {
    const table = new OrderTable();
    const count = 40_000;
    for (let intent = 0; intent < count; intent += 1) {
      const order = table.getOrAdd(intent, 0);
      if (order.attempts !== 0 || order.firstSentNs === 0) throw new Error('it is not untouched');
      table.numbersAt(intent).attempts = intent;
    }
    for (let intent = 0; intent < count; intent += 1) {
      const numbers = table.numbersAt(intent);
      if (table.get(intent, 0)?.attempts !== intent || numbers.ordinal !== intent) {
        throw new Error(`order ${intent} is another`);
      }
    }
    expect(table).toHaveLength(count);
  });

  it('adds a key whose numbers are asked for, without an object', () => {
    const table = new OrderTable();
    const ordinal = table.ordinalOf(5, 3);
    const numbers = table.numbersAt(ordinal);
    expect(numbers).toMatchObject({ intent: 5, keyVariant: 3, product: -1, outcome: 'fail' });
    numbers.product = 2;
    expect(table).toHaveLength(1);
    expect(table.objectAt(ordinal)).toBeUndefined();
    const order = table.get(5, 3);
    expect(order?.product).toBe(2);
    expect(table.objectAt(ordinal)).toBe(order);
  });

  it('knows nothing of a key at first', () => {
    expect(fieldsOf(new OrderTable().getOrAdd(7, 2), untouched)).toEqual(untouched);
    expect(new OrderTable().get(-1, 0)).toBeUndefined();
  });
});

describe('forgetAttempts', () => {
  it('leaves what look-ups and cancellations said', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const order = new OrderTable().getOrAdd(3, 0);
        Object.assign(order, fields);
        Object.assign(detailsOf(order), { lookUpNs: 5, acceptedNs: 6, acceptedAttempt: 7 });
        forgetAttempts(order);
        const { cancel, lookUp } = fields;
        expect(fieldsOf(order, untouched)).toEqual({ ...untouched, cancel, lookUp });
        expect(order.details).toMatchObject({
          lookUpNs: 5,
          acceptedNs: Number.POSITIVE_INFINITY,
          acceptedAttempt: -1,
        });
      }),
      { numRuns: 100 },
    );
  });
});
