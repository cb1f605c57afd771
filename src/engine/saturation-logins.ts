import type { NowNs } from '../core/clock.ts';
import { FlashsimError } from '../core/errors.ts';
import { deviceIdOf, userIdOf } from '../history/attempt.ts';
import { targets } from '../targets/registry.ts';
import type { Protocol, ProtocolSpec } from '../targets/target.ts';
import type { Connection } from '../transport/connection.ts';
import { createConnector } from '../transport/connector.ts';
import { connectionSettings } from './connection-settings.ts';
import { exchangeOn } from './single-exchange.ts';
import { inLanes } from './warm-up.ts';

const lanes = 16;
const triesMax = 3;

/**
 * Logs people in, one device each, and returns their sessions' tokens.
 *
 * @throws FlashsimError WARM_UP_FAILED when nobody could log in
 */
export async function logInPeople(
  spec: ProtocolSpec,
  people: number,
  now: NowNs,
): Promise<string[]> {
  const protocol = await targets[spec.target as keyof typeof targets].createProtocol(spec);
  const { session } = protocol;
  if (session !== undefined) return Array.from({ length: people }, () => session);
  const connector = createConnector({ ...connectionSettings(spec), now });
  const tokens: string[] = [];
  let refusal = 'no connection could be made';
  const users = Array.from({ length: people }, (_, user) => user).values();
  await inLanes(users, lanes, async (user) => {
    const connection = await connector.connect().catch(() => undefined);
    if (connection === undefined) return;
    const told = await logIn(protocol, connection, user);
    if (told.token === undefined) refusal = `the last answer was: ${told.code}`;
    else tokens.push(told.token);
    connection.close();
  });
  if (tokens.length > 0) return tokens;
  throw new FlashsimError('WARM_UP_FAILED', {
    what: `none of ${people} people could log in`,
    why: refusal,
    fix: 'Look at the server’s log.',
  });
}

interface LogIn {
  readonly token?: string | undefined;
  readonly code: string;
}

async function logIn(protocol: Protocol, connection: Connection, user: number): Promise<LogIn> {
  const bytes = protocol.request('login', {
    userId: userIdOf(user),
    deviceId: deviceIdOf(user, 0),
  });
  let code = '';
  for (let attempt = 0; attempt < triesMax && connection.open; attempt += 1) {
    const answer = await exchangeOn(connection, bytes);
    if (typeof answer === 'string') return { code: answer };
    const meaning = protocol.classify('login', answer);
    if (meaning.token !== undefined) return meaning;
    code = meaning.code;
  }
  return { code };
}
