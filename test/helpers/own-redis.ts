import { join } from 'node:path';
import { defined } from '../../src/core/assert.ts';
import { FlashsimError } from '../../src/core/errors.ts';
import { freePort } from '../../src/targets/reference/free-port.ts';
import { temporaryRootFor } from '../../src/targets/stores/private-folders.ts';
import { PrivateServer } from '../../src/targets/stores/private-server.ts';
import { startReaper } from '../../src/targets/stores/reaper.ts';
import { isRedisReply, openRedis } from '../../src/targets/stores/redis.ts';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { ownAccount } from '../../src/targets/stores/server-account.ts';

/** A Redis as a user may have it: on a port of loopback, with settings of its own. */
export interface OwnRedis {
  readonly port: number;
  /** Without a login. */
  readonly url: string;
  stop(): Promise<void>;
}

function failed(why: string): FlashsimError {
  const what = `No Redis for the test: ${why}`;
  return new FlashsimError('STORE_UNAVAILABLE', { what, fix: '' });
}

/** @param settings of redis.conf, one after the other, such as `requirepass` */
export async function startOwnRedis(
  settings: readonly (readonly [name: string, ...words: string[]])[] = [],
): Promise<OwnRedis> {
  const { path } = defined(await findRedisServer(), 'redis-server (see ensureProgram)');
  const account = ownAccount(failed);
  const port = await freePort('127.0.0.1', process.pid);
  const url = `redis://127.0.0.1:${port}`;
  const server = new PrivateServer({
    folderPrefix: join(temporaryRootFor(account, failed), 'flashsim-own-redis'),
    account,
    reaper: startReaper(),
    env: process.env,
    stopSignals: [['SIGTERM', 5_000]],
    reapSignal: 'SIGTERM',
    unavailable: failed,
  });
  const all = [['bind', '127.0.0.1'], ['port', String(port)], ['save', ''], ...settings] as const;
  await server.start({
    program: path,
    args: all.flatMap(([name, ...words]) => [`--${name}`, ...words]),
    isReady: async () => {
      const store = openRedis(url);
      try {
        await store.facts();
        return true;
      } catch (error) {
        // One that asks for a login is up.
        return isRedisReply(error);
      } finally {
        store.close();
      }
    },
  });
  return { port, url, stop: () => server.stop() };
}
