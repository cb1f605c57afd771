import { arch, platform } from 'node:os';
import { messageOf } from '../../core/errors.ts';
import { stockStrategies } from '../../targets/reference/stock/registry.ts';
import type { FoundProgram } from '../../targets/stores/find-program.ts';
import { installAdvice } from '../../targets/stores/install-advice.ts';
import { nativeDirectoryOf, versionOf } from '../../targets/stores/postgres-binaries.ts';
import { findMysqlServer } from '../../targets/stores/private-mysql.ts';
import { findRedisServer } from '../../targets/stores/redis-server.ts';
import type { Finding } from './finding.ts';

/** Which database servers can be started here. */
export async function inspectStores(): Promise<readonly Finding[]> {
  const [redis, mysql] = await Promise.all([findRedisServer(), findMysqlServer()]);
  return [
    embeddedPostgres(),
    program('Redis', redis, {
      enables: `cached stock: ${redisStrategies().join(', ')}`,
      install: installAdvice.redis,
    }),
    program('MySQL', mysql, {
      enables: 'the SQL strategies with `store: mysql`',
      install: installAdvice.mysql,
    }),
  ];
}

function embeddedPostgres(): Finding {
  try {
    return {
      name: 'PostgreSQL',
      state: 'ok',
      detail: `${versionOf(nativeDirectoryOf(platform(), arch()))}, embedded`,
    };
  } catch (error) {
    return {
      name: 'PostgreSQL',
      state: 'missing',
      detail: messageOf(error),
      enables: 'the reference server; one of your own by target.reference.stores.postgres does too',
    };
  }
}

function program(
  name: string,
  found: FoundProgram | undefined,
  missing: Pick<Finding, 'enables' | 'install'>,
): Finding {
  return found === undefined
    ? { name, state: 'missing', detail: 'not found on PATH', ...missing }
    : { name, state: 'ok', detail: `${found.version}, ${found.path}` };
}

function redisStrategies(): readonly string[] {
  return Object.keys(stockStrategies).filter((name) => name.startsWith('redis-'));
}
