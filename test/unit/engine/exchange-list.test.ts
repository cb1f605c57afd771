import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Exchange, type ExchangeOwner } from '../../../src/engine/exchange.ts';
import { ExchangeList } from '../../../src/engine/exchange-list.ts';

const nobody = {} as ExchangeOwner;
const about = {} as ConstructorParameters<typeof Exchange>[1];
const exchanges = Array.from({ length: 12 }, (_, n) => new Exchange(nobody, about, n, 1));

const change = fc.record({ add: fc.boolean(), n: fc.nat(exchanges.length - 1) });

describe('the list of requests under way', () => {
  it('holds what a set holds, in the same order, whatever is added and taken out', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const list = new ExchangeList();
        const set = new Set<Exchange>();
        for (const { add, n } of changes) {
          const exchange = exchanges[n];
          if (exchange === undefined) throw new Error('there is no such exchange');
          // A request is begun once.
          if (add && set.has(exchange)) continue;
          if (add) {
            list.add(exchange);
            set.add(exchange);
          } else {
            list.delete(exchange);
            set.delete(exchange);
          }
          expect([...list]).toEqual([...set]);
        }
        for (const exchange of set) list.delete(exchange);
        expect([...list]).toEqual([]);
        for (const { previous, next } of exchanges)
          expect([previous, next]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('goes on after one that is taken out while it is looked at', () => {
    const list = new ExchangeList();
    for (const exchange of exchanges) list.add(exchange);
    const seen: number[] = [];
    for (const exchange of list) {
      seen.push(exchange.startNs);
      list.delete(exchange);
    }
    expect(seen).toEqual(exchanges.map(({ startNs }) => startNs));
    expect([...list]).toEqual([]);
  });
});
