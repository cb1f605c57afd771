import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import { builtinNames, builtins, builtinText } from '../../../src/scenarios/builtin.ts';
import { schemaUrl } from '../../../src/scenarios/json-schema.ts';
import { loadScenario } from '../../../src/scenarios/load.ts';
import { expectedDevices } from '../../../src/scenarios/sessions.ts';
import { goodScenario, options } from './scenario-text.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-load-'));
  await writeFile(join(folder, 'tiny.yaml'), goodScenario);
  await writeFile(join(folder, 'sale-opening'), goodScenario);
  await writeFile(join(folder, 'latin1.yaml'), Buffer.from([0x6e, 0xe9]));
  await writeFile(join(folder, 'large.yaml'), `#${' '.repeat(1024 * 1024)}`);
});
afterAll(() => rm(folder, { recursive: true }));

const load = (name: string, changes = {}) =>
  loadScenario(name, { ...options, cwd: folder, ...changes });

async function refusal(name: string): Promise<FlashsimError> {
  try {
    await load(name);
  } catch (error) {
    if (error instanceof FlashsimError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}

describe('loading', () => {
  it('reads a file and keeps its text as it stands', async () => {
    const loaded = await load('tiny.yaml', { overrides: ['name=other'] });
    expect(loaded).toMatchObject({ file: 'tiny.yaml', builtIn: false, source: goodScenario });
    expect(loaded.scenario.name).toBe('other');
  });

  it('takes a plain word for a built-in, and a path for a file of that name', async () => {
    expect((await load('sale-opening')).builtIn).toBe(true);
    expect((await load('./sale-opening')).builtIn).toBe(false);
  });

  it.each([
    ['nowhere.yaml', 'SCENARIO_NOT_FOUND', 'no file and no built-in scenario called nowhere.yaml'],
    ['sale-openin', 'SCENARIO_NOT_FOUND', 'called sale-openin'],
    ['tiny.yaml/x.yaml', 'SCENARIO_NOT_FOUND', 'tiny.yaml/x.yaml'],
    ['.', 'SCENARIO_UNREADABLE', '. cannot be read: it is a folder.'],
    ['latin1.yaml', 'SCENARIO_UNREADABLE', 'latin1.yaml is not UTF-8 text.'],
    ['large.yaml', 'SCENARIO_UNREADABLE', 'large.yaml is larger than 1 MiB.'],
  ])('of %s ends in %s', async (name, code, what) => {
    const error = await refusal(name);
    expect(error.code).toBe(code);
    expect(error.what).toContain(what);
    expect(error.exitCode).toBe(2);
  });

  it('suggests the built-in that was meant', async () => {
    expect((await refusal('sale-openin')).fix).toContain('Did you mean sale-opening?');
  });
});

describe('the hash of a scenario', () => {
  it('is the same for the same run, however it was written and whatever the seed', async () => {
    const first = await load('tiny.yaml');
    const again = await load('tiny.yaml', { seed: 7, overrides: ['sale.opensAt=1000ms'] });
    expect(again.scenario.seed).toBe(7);
    expect(again.hash).toBe(first.hash);
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('differs when anything else does', async () => {
    const first = await load('tiny.yaml');
    const other = await load('tiny.yaml', { overrides: ['sale.products[0].stock=6'] });
    expect(other.hash).not.toBe(first.hash);
  });
});

/** What is wrong on purpose, with what puts it right said in its comments. */
const wrongByDefault: Readonly<Record<string, string>> = {
  'scale-out': 'synchronized',
  'lock-expiry': 'redis-lock',
  'cache-loss': 'redis-lua',
  'late-warm-up': 'redis-lua',
  'crash-mid-order': 'conditional-update-split',
};

describe.each([...builtinNames])('the built-in %s', (name) => {
  it('is valid, short, gated on oversell, and described as the list says', async () => {
    const { scenario, builtIn } = await load(name);
    expect(builtIn).toBe(true);
    expect(scenario.name).toBe(name);
    expect(scenario.description).toBe(builtins[name as keyof typeof builtins]);
    expect(scenario.workload.endsAt).toBeLessThanOrEqual(15_000);
    expect(scenario.thresholds).toMatchObject({ oversell: 0 });
    const wrong = wrongByDefault[name];
    expect(scenario.target.reference?.stock.strategy).toBe(wrong ?? 'conditional-update');
    if (wrong !== undefined) expect(await builtinText(name)).toMatch(/^# +--set target/m);
    // The storm needs a capacity that is known, a waiting room one memory, the others a second process.
    const isAlone = name === 'retry-storm' || name === 'waiting-room';
    expect(scenario.target.reference?.processes).toBeGreaterThan(isAlone ? 0 : 1);
  });

  it('starts with the line by which editors find the schema', async () => {
    const [first] = (await builtinText(name)).split('\n');
    expect(first).toBe(`# yaml-language-server: $schema=${schemaUrl}`);
  });
});

describe('the built-in sale-opening', () => {
  it('has more devices than the cap allows and more people than pairs', async () => {
    const { workload, sale, target } = (await load('sale-opening')).scenario;
    expect(expectedDevices(workload)).toBe(7_500);
    expect(workload.devicesPerUser).toHaveProperty('3');
    expect(target.reference?.sessions.maximumSessions).toBe(2);
    expect(target.reference?.rateLimiter).toMatchObject({ replenishRate: 1, burstCapacity: 2 });
    expect(sale.products[0]).toMatchObject({ stock: 500, limitPerUser: 1 });
  });
});
