import { BaseServer } from '../base-server.ts';
import { passes, type Specimen } from '../specimen.ts';

export const restockedMidSale: Specimen = {
  name: 'restocked-mid-sale',
  story: 'gets ten units more while it sells, and sells them',
  create: (promises) => new BaseServer(promises),
  scenario: {
    workload: { users: 90 },
    events: [{ afterOpening: '60ms', restock: 10, product: 'unit' }],
  },
  expected: passes,
};
