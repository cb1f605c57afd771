/** Commands of Redis that change nothing (https://redis.io/docs/latest/commands/, flag `readonly`). */
export const readCommands = [
  'GET',
  'MGET',
  'HGET',
  'HGETALL',
  'HVALS',
  'LRANGE',
  'SCARD',
  'SMEMBERS',
  'ZCARD',
  'ZRANGE',
  'ZCOUNT',
  'HLEN',
  'HMGET',
  'LLEN',
  'STRLEN',
  'EXISTS',
  'XLEN',
  'XRANGE',
] as const;

/** The words of a command; texts in double quotes may hold blanks. */
export function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
}

/** Whether a command is one of {@link readCommands}. */
export function isReadCommand(command: string): boolean {
  const [name = ''] = wordsOf(command);
  return (readCommands as readonly string[]).includes(name.toUpperCase());
}
