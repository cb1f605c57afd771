import { mysqlOrderDatabase } from '../../src/targets/reference/mysql/order-database.ts';
import { startPrivateMysql } from '../../src/targets/stores/private-mysql.ts';
import { describeStockStrategies } from './stock-suite.ts';

const ends: (() => Promise<void>)[] = [];

describeStockStrategies({
  store: 'mysql',
  open: async () => {
    const server = await startPrivateMysql();
    const spec = { connection: server.connection, database: 'flashsim_contract' };
    const databases = [1, 2].map(() => mysqlOrderDatabase(spec, { poolMax: 8 }));
    ends.push(...databases.map((database) => () => database.close()), () => server.stop());
    await databases[0]?.create([{ id: 'p', stock: 0 }]);
    return databases;
  },
  close: async () => {
    for (const end of ends) await end();
  },
});
