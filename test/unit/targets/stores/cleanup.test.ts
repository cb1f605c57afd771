import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isRemovable,
  processStartTime,
  WatchList,
} from '../../../../src/targets/stores/cleanup.ts';

describe('isRemovable', () => {
  it.each([
    [join(tmpdir(), 'flashsim-pg-a'), true],
    [join(tmpdir(), 'flashsim-cache-0', 'flashsim-staging-a'), true],
    [tmpdir(), false],
    [join(tmpdir(), 'other'), false],
    [join(tmpdir(), 'flashsim-pg-a', 'data'), false],
    [`${tmpdir()}/../flashsim-a`, false],
    [`${tmpdir()}/flashsim-a/../../etc`, false],
    [`${tmpdir()}x/flashsim-a`, false],
    [join(homedir(), 'flashsim-a'), false],
    ['flashsim-a', false],
    ['/flashsim-a', false],
  ])('of %s is %s', (path, expected) => {
    expect(isRemovable(path)).toBe(expected);
  });
});

describe('processStartTime', () => {
  it('stays the same for one process', () => {
    expect(processStartTime(process.pid)).toBeDefined();
    expect(processStartTime(process.pid)).toBe(processStartTime(process.pid));
  });

  it('is undefined for a process that has ended', async () => {
    const child = spawn('true');
    const { pid = 0 } = child;
    await once(child, 'exit');
    expect(processStartTime(pid)).toBeUndefined();
  });
});

describe('WatchList', () => {
  let child: ChildProcess;
  let pid: number;
  let ended: Promise<unknown>;
  let directory: string;

  beforeEach(() => {
    child = spawn('sleep', ['60'], { detached: true });
    pid = child.pid ?? 0;
    ended = once(child, 'exit');
    directory = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });

  const startTimeOf = (id: number) => processStartTime(id) ?? 'gone';

  it('ends a process with its own signal and removes a folder', async () => {
    const list = new WatchList();
    list.apply({ op: 'watch-process', pid, signal: 'SIGTERM', startTime: startTimeOf(pid) });
    list.apply({ op: 'watch-directory', path: directory });
    list.reap(5_000);
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(existsSync(directory)).toBe(false);
  });

  it('uses SIGKILL on a process that does not obey', async () => {
    const deaf = spawn('sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 1; done'], {
      detached: true,
    });
    await once(deaf.stdout, 'data');
    const gone = once(deaf, 'exit');
    const deafPid = deaf.pid ?? 0;
    const list = new WatchList();
    const startTime = startTimeOf(deafPid);
    list.apply({ op: 'watch-process', pid: deafPid, signal: 'SIGTERM', startTime });
    list.reap(50);
    expect(await gone).toEqual([null, 'SIGKILL']);
  });

  it('leaves another process alone that was given the same pid', () => {
    const list = new WatchList();
    list.apply({ op: 'watch-process', pid, signal: 'SIGKILL', startTime: 'another time' });
    list.reap(100);
    expect(processStartTime(pid)).toBeDefined();
  });

  it('leaves alone what was forgotten', () => {
    const list = new WatchList();
    list.apply({ op: 'watch-process', pid, signal: 'SIGKILL', startTime: startTimeOf(pid) });
    list.apply({ op: 'watch-directory', path: directory });
    list.apply({ op: 'forget-process', pid });
    list.apply({ op: 'forget-directory', path: directory });
    list.reap(100);
    expect(processStartTime(pid)).toBeDefined();
    expect(existsSync(directory)).toBe(true);
  });

  it('leaves everything alone after a goodbye', () => {
    const list = new WatchList();
    list.apply({ op: 'watch-process', pid, signal: 'SIGKILL', startTime: startTimeOf(pid) });
    list.apply({ op: 'watch-directory', path: directory });
    list.apply({ op: 'goodbye' });
    list.reap(100);
    expect(processStartTime(pid)).toBeDefined();
    expect(existsSync(directory)).toBe(true);
  });

  it('never takes in a folder that is not its own', () => {
    const other = mkdtempSync(join(tmpdir(), 'other-'));
    const list = new WatchList();
    list.apply({ op: 'watch-directory', path: other });
    list.reap(0);
    expect(existsSync(other)).toBe(true);
    rmSync(other, { recursive: true });
  });
});
