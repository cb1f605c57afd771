import { BaseServer } from '../base-server.ts';
import { passes, type Specimen } from '../specimen.ts';

export const severalUnitsPerOrder: Specimen = {
  name: 'several-units-per-order',
  story: 'sells one to three units at once, and the last one to somebody who wants just one',
  create: (promises) => new BaseServer(promises),
  scenario: {
    sale: { products: [{ id: 'unit', stock: 30, limitPerUser: 3 }] },
    workload: { quantity: { 1: '50%', 2: '30%', 3: '20%' } },
  },
  expected: passes,
};
