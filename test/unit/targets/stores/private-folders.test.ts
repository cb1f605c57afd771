import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkLibraries } from '../../../../src/targets/stores/postgres-binaries.ts';
import {
  countEntries,
  discard,
  ensureCacheDirectory,
  publish,
} from '../../../../src/targets/stores/private-folders.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function folderWith(name: string, text: string): string {
  const path = join(root, name);
  mkdirSync(path);
  writeFileSync(join(path, 'file'), text);
  return path;
}

describe('ensureCacheDirectory', () => {
  it('makes a folder that others can read, whatever the umask', () => {
    const umask = process.umask(0o077);
    try {
      expect(statSync(ensureCacheDirectory(join(root, 'cache'))).mode & 0o777).toBe(0o755);
    } finally {
      process.umask(umask);
    }
  });

  it('takes a folder of its own again', () => {
    const path = ensureCacheDirectory(join(root, 'cache'));
    expect(ensureCacheDirectory(path)).toBe(path);
  });

  it('refuses a link, which may lead anywhere', () => {
    symlinkSync(folderWith('real', ''), join(root, 'cache'));
    expect(() => ensureCacheDirectory(join(root, 'cache'))).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    );
  });

  it('refuses a folder that others can write', () => {
    chmodSync(folderWith('cache', ''), 0o777);
    expect(() => ensureCacheDirectory(join(root, 'cache'))).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    );
  });
});

describe('publish', () => {
  it('gives a finished folder its final name', async () => {
    await publish(folderWith('staging', 'new'), join(root, 'final'));
    expect(readFileSync(join(root, 'final', 'file'), 'utf8')).toBe('new');
    expect(existsSync(join(root, 'staging'))).toBe(false);
  });

  it('keeps the folder of whoever was first', async () => {
    folderWith('final', 'first');
    await publish(folderWith('staging', 'second'), join(root, 'final'));
    expect(readFileSync(join(root, 'final', 'file'), 'utf8')).toBe('first');
    expect(existsSync(join(root, 'staging'))).toBe(false);
  });
});

describe('discard', () => {
  it('removes a folder, and is content when it is gone already', async () => {
    const path = folderWith('damaged', '');
    await discard(path);
    await discard(path);
    expect(countEntries(root)).toBe(0);
  });
});

describe('linkLibraries', () => {
  const links = [
    { source: 'native/lib/liba.so.1.2', target: 'native/lib/liba.so.1' },
    { source: 'native/lib/liba.so.1.2', target: 'native/lib/liba.so' },
  ];
  let native: string;
  beforeEach(() => {
    native = join(root, 'native');
    mkdirSync(join(native, 'lib'), { recursive: true });
    writeFileSync(join(native, 'lib', 'liba.so.1.2'), 'library');
    writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  });

  it('makes the links, and makes them again without harm', () => {
    expect(linkLibraries(native)).toBe(true);
    expect(linkLibraries(native)).toBe(true);
    expect(readFileSync(join(native, 'lib', 'liba.so'), 'utf8')).toBe('library');
    expect(readFileSync(join(native, 'lib', 'liba.so.1'), 'utf8')).toBe('library');
  });

  it('says so when a link cannot be made', () => {
    rmSync(join(native, 'lib'), { recursive: true });
    expect(linkLibraries(native)).toBe(false);
  });
});
