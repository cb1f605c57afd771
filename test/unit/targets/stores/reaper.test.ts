import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { processStartTime } from '../../../../src/targets/stores/cleanup.ts';
import { reapNow, startReaper } from '../../../../src/targets/stores/reaper.ts';

const patience = { timeout: 10_000, interval: 20 };

describe('startReaper', () => {
  it('starts one watchdog for all callers, which ends on goodbye', async () => {
    const reaper = startReaper();
    expect(startReaper()).toBe(reaper);
    expect(processStartTime(reaper.pid)).toBeDefined();
    reaper.close();
    reaper.close();
    await vi.waitFor(() => expect(processStartTime(reaper.pid)).toBeUndefined(), patience);
  });

  it('leaves alone what is watched when the goodbye was said', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
    const reaper = startReaper();
    reaper.watchDirectory(directory);
    reaper.close();
    await vi.waitFor(() => expect(processStartTime(reaper.pid)).toBeUndefined(), patience);
    expect(existsSync(directory)).toBe(true);
    rmSync(directory, { recursive: true });
  });

  it('starts another watchdog after a goodbye', () => {
    const first = startReaper();
    first.close();
    const second = startReaper();
    expect(second.pid).not.toBe(first.pid);
    second.close();
  });
});

describe('reapNow', () => {
  it('ends and removes everything at once', async () => {
    const child = spawn('sleep', ['60'], { detached: true });
    const ended = once(child, 'exit');
    const directory = mkdtempSync(join(tmpdir(), 'flashsim-test-'));
    const reaper = startReaper();
    reaper.watchProcess(child.pid ?? 0);
    reaper.watchDirectory(directory);
    reapNow();
    expect(existsSync(directory)).toBe(false);
    expect(await ended).toEqual([null, 'SIGTERM']);
    reaper.close();
  });
});
