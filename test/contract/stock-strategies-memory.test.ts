import { memoryOrderDatabase } from '../../src/targets/reference/memory/order-database.ts';
import { describeStockStrategies } from './stock-suite.ts';

describeStockStrategies({
  store: 'memory',
  open: () => Promise.resolve([memoryOrderDatabase([])]),
  close: () => Promise.resolve(),
});
