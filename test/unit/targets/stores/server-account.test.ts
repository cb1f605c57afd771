import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isReachable,
  isReadableTree,
  unprivilegedAccount,
} from '../../../../src/targets/stores/server-account.ts';

const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
const postgres = 'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash';

describe('unprivilegedAccount', () => {
  it.each([
    ['postgres before nobody', `${nobody}\n${postgres}\n`, { uid: 101, gid: 104 }],
    [
      'nobody when there is no postgres',
      `root:x:0:0::/:/bin/sh\n${nobody}`,
      { uid: 65534, gid: 65533 },
    ],
    [
      'nobody when postgres is root by another name',
      `postgres:x:0:0::/:\n${nobody}`,
      { uid: 65534, gid: 65533 },
    ],
    ['none when there is neither', 'root:x:0:0::/:/bin/sh\n', undefined],
    ['none when the entry is cut off', 'postgres:x:', undefined],
  ])('takes %s', (_what, passwd, expected) => {
    expect(unprivilegedAccount(passwd)).toEqual(expected);
  });
});

describe('access of another account', () => {
  const stranger = { uid: 4_000_000, gid: 4_000_000, groups: [4_000_000], isOther: true };
  const nothingRuns = () => false;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(join(folder, 'a', 'b', 'file'), '', { mode: 0o644 });
    for (const path of ['.', 'a', 'a/b']) chmodSync(join(folder, path), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is given where every folder above may be passed', () => {
    expect(isReachable(join(folder, 'a', 'b'), stranger)).toBe(true);
  });

  it('is not given when one folder above is closed', () => {
    chmodSync(folder, 0o700);
    expect(isReachable(join(folder, 'a', 'b'), stranger)).toBe(false);
  });

  it('is judged by the group bits for a member of the group', () => {
    chmodSync(folder, 0o710);
    const gid = process.getgid?.() ?? 0;
    expect(isReachable(folder, stranger)).toBe(false);
    expect(isReachable(folder, { ...stranger, groups: [gid] })).toBe(true);
  });

  it('needs every file to be readable', () => {
    expect(isReadableTree(folder, stranger, nothingRuns)).toBe(true);
    chmodSync(join(folder, 'a', 'b', 'file'), 0o600);
    expect(isReadableTree(folder, stranger, nothingRuns)).toBe(false);
  });

  it('needs programs to be executable', () => {
    const isProgram = (path: string) => path.endsWith('file');
    expect(isReadableTree(folder, stranger, isProgram)).toBe(false);
    chmodSync(join(folder, 'a', 'b', 'file'), 0o755);
    expect(isReadableTree(folder, stranger, isProgram)).toBe(true);
  });
});
