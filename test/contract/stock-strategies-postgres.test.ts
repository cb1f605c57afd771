import { postgresOrderDatabase } from '../../src/targets/reference/postgres/order-database.ts';
import { createSchema } from '../../src/targets/reference/postgres/schema.ts';
import { startEmbeddedPostgres } from '../../src/targets/stores/embedded-postgres.ts';
import { openPostgres } from '../../src/targets/stores/postgres.ts';
import { describeStockStrategies } from './stock-suite.ts';

const schema = 'flashsim_contract';
const ends: (() => Promise<void>)[] = [];

describeStockStrategies({
  store: 'postgres',
  open: async () => {
    const server = await startEmbeddedPostgres();
    const pools = [1, 2].map(() => openPostgres(server.connection, { poolMax: 8, schema }));
    ends.push(...pools.map((pool) => () => pool.close()), () => server.stop());
    const [pool] = pools;
    if (pool !== undefined) await createSchema(pool, schema);
    return pools.map((each) => postgresOrderDatabase(each));
  },
  close: async () => {
    for (const end of ends) await end();
  },
});
