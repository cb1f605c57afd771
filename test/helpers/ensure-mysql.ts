import { findMysqlServer } from '../../src/targets/stores/private-mysql.ts';
import { ensureProgram } from './ensure-program.ts';

/** A MariaDB or MySQL server on this machine, installed when it is missing and this is root. */
export async function ensureMysql(): Promise<void> {
  await ensureProgram({ find: findMysqlServer, aptPackage: 'mariadb-server' });
}
