import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../../src/core/errors.ts';
import { type LoadedScenario, loadScenario } from '../../../../src/scenarios/load.ts';
import type { ArrivalOptions } from '../../../../src/scenarios/schema.ts';
import { options, problemLine, withText } from '../scenario-text.ts';

/** The sale opens 1 s after t = 0, and the workload ends 4 s after the opening. */
const scenarioOf = (trace: string): string =>
  withText('{ type: weibull, shape: 0.7, mean: 1s }', `{ type: trace, ${trace} }`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-traces-'));
  await mkdir(join(folder, 'logs'));
  const line = (time: string): string =>
    `::1 - - [27/Nov/2026:${time} +0100] "GET / HTTP/1.1" 200 1`;
  const times = [
    '09:59:57',
    '09:59:59',
    '10:00:00',
    '10:00:00',
    '10:00:03',
    '10:00:04',
    '10:07:00',
  ];
  await writeFile(join(folder, 'logs', 'access.log'), times.map(line).join('\n'));
  await writeFile(join(folder, 'clicks.csv'), 'at\n99.5\n100\n100.25\n101.0000004\n109\n');
  await writeFile(join(folder, 'empty.log'), '');
  await writeFile(join(folder, 'bad.log'), `${line('10:00:00')}\nwhat?\n${line('09:00:00')}`);
  await writeFile(join(folder, 'many.csv'), `0\n${'1\n'.repeat(1_000_001)}`);
  const large = await open(join(folder, 'large.log'), 'w');
  await large.truncate(64 * 1024 * 1024 + 1);
  await large.close();
});
afterAll(() => rm(folder, { recursive: true }));

async function load(trace: string, name = 'tiny.yaml', changes = {}): Promise<LoadedScenario> {
  await writeFile(join(folder, name), scenarioOf(trace));
  return loadScenario(name, { ...options, cwd: folder, ...changes });
}

async function traceOf(loading: Promise<LoadedScenario>) {
  const { arrivals } = (await loading).scenario.workload;
  const isTrace = (shape: ArrivalOptions) => shape.type === 'trace';
  const trace = arrivals.find(isTrace);
  if (trace === undefined) throw new Error('the scenario has a trace');
  const { timesMs, resolutionMs } = trace;
  return { timesMs, resolutionMs };
}

async function problemsOf(trace: string, changes = {}): Promise<readonly string[]> {
  try {
    await load(trace, 'tiny.yaml', changes);
  } catch (error) {
    if (error instanceof FlashsimError && error.code === 'SCENARIO_INVALID') {
      return error.problems.map(problemLine);
    }
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a trace', () => {
  it('is read from beside the scenario, cut to the run, and counted from the opening', async () => {
    const log = 'file: logs/access.log, opensAt: "27/Nov/2026:10:00:00 +0100"';
    // Of whole seconds nobody knows more.
    expect(await traceOf(load(log))).toEqual({
      timesMs: [-1_000, 0, 0, 3_000],
      resolutionMs: 1_000,
    });
    const same = await traceOf(
      load(log.replace('27/Nov/2026:10:00:00 +0100', '2026-11-27T09:00:00Z')),
    );
    expect(same.timesMs).toEqual([-1_000, 0, 0, 3_000]);
  });

  it('may be of numbers, which are exact unless all are whole seconds', async () => {
    const csv = 'file: clicks.csv, column: at, opensAt: 100';
    expect(await traceOf(load(csv))).toEqual({
      timesMs: [-500, 0, 250, 1_000],
      resolutionMs: 0,
    });
  });

  it('plays faster or slower', async () => {
    const fast = 'file: logs/access.log, opensAt: "2026-11-27T09:00:00Z", speed: 2';
    expect(await traceOf(load(fast))).toEqual({
      timesMs: [-500, 0, 0, 1_500, 2_000],
      resolutionMs: 500,
    });
    const slow = 'file: clicks.csv, column: at, opensAt: 100, speed: 0.5';
    expect((await traceOf(load(slow))).timesMs).toEqual([-1_000, 0, 500, 2_000.001]);
  });

  it('counts for the hash of the scenario by what it holds', async () => {
    const csv = (opensAt: string) => `file: clicks.csv, column: at, opensAt: ${opensAt}`;
    const [one, same, other] = [
      await load(csv('100')),
      await load(csv('100')),
      await load(csv('101')),
    ];
    expect(one.hash).toBe(same.hash);
    expect(one.hash).not.toBe(other.hash);
  });

  it('that is added to a built-in counts from where the command is given', async () => {
    const trace = '[{ type: trace, file: logs/access.log, opensAt: "2026-11-27T09:00:00Z" }]';
    const loading = loadScenario('sale-opening', {
      ...options,
      cwd: folder,
      overrides: [`workload.arrivals=${trace}`],
    });
    expect((await traceOf(loading)).timesMs).toHaveLength(6);
  });
});

describe('a trace that cannot be played is refused with place, problem and remedy', () => {
  const opensAt = 'opensAt: "2026-11-27T09:00:00Z"';
  const readable = 'name a file that you may read; its path counts from the folder of the scenario';
  it.each([
    [
      'missing',
      `file: nowhere.log, ${opensAt}`,
      [
        `14:28 workload.arrivals[1].file | nowhere.log cannot be read: there is no such file | ${readable}`,
      ],
    ],
    [
      'a folder',
      `file: logs, ${opensAt}`,
      [`14:28 workload.arrivals[1].file | logs cannot be read: it is a folder | ${readable}`],
    ],
    [
      'empty',
      `file: empty.log, ${opensAt}`,
      [
        '14:28 workload.arrivals[1].file | empty.log holds no timestamps | name a file that has some',
      ],
    ],
    [
      'too large',
      `file: large.log, ${opensAt}`,
      [
        '14:28 workload.arrivals[1].file | large.log is larger than 64 MiB | cut it down to the minutes around the opening',
      ],
    ],
    [
      'unparseable and unsorted',
      `file: bad.log, ${opensAt}`,
      [
        '14:28 workload.arrivals[1].file | line 2 of bad.log has no date such as [10/Oct/2000:13:55:36 -0700] | correct or remove it; of a CSV file, name the column of the timestamps with column',
        '14:28 workload.arrivals[1].file | line 3 of bad.log is earlier than line 1 | sort the file, or add sort: true',
      ],
    ],
    [
      'over before the opening',
      'file: clicks.csv, column: at, opensAt: 150',
      [
        '14:61 workload.arrivals[1].opensAt | clicks.csv ends 41.00 s before opensAt | choose an instant within the trace',
      ],
    ],
    [
      'wholly outside the run',
      'file: clicks.csv, column: at, opensAt: 102, speed: 0.5',
      [
        '14:61 workload.arrivals[1].opensAt | none of the 5 timestamps of clicks.csv falls into the run, which goes from 500 ms before to 2.00 s after opensAt | choose another instant, or raise sale.opensAt or workload.endsAt',
      ],
    ],
    [
      'of more timestamps than a run has use for',
      'file: many.csv, column: 1, opensAt: 0',
      [
        '14:28 workload.arrivals[1].file | 1,000,002 timestamps of many.csv fall into the run: 1,000,000 is the most | pick lines with match, or end the workload earlier',
      ],
    ],
  ])('%s', async (_title, trace, problems) => {
    expect(await problemsOf(trace)).toEqual(problems);
  });

  it('together with everything else that is wrong', async () => {
    const changes = { overrides: ['sale.products[0].stock=-1'] };
    const found = await problemsOf(`file: nowhere.log, ${opensAt}`, changes);
    expect(found.map((line) => line.split(' | ')[1])).toEqual([
      'nowhere.log cannot be read: there is no such file',
      '--set sale.products[0].stock: stock cannot be -1',
    ]);
    expect(await problemsOf('file: empty.log, opensAt: soon')).toHaveLength(1);
  });
});
