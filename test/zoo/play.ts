import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../src/results/result.ts';
import { scenarioOf } from './scenario.ts';
import type { Specimen } from './specimen.ts';
import { listen } from './wire.ts';

/** What flashsim made of a specimen. */
export interface Judged {
  readonly exitCode: number | null;
  /** undefined when the run came to no result: see `stderr`. */
  readonly result: RunResult | undefined;
  readonly stderr: string;
}

/** Serves the specimen and has the real CLI play its sale. */
export async function judge(specimen: Specimen, seed: number, bin: string): Promise<Judged> {
  const server = specimen.create(specimen.promises ?? {});
  const listening = await listen((call) => server.handle(call));
  const folder = await mkdtemp(join(tmpdir(), 'zoo-'));
  try {
    const scenario = join(folder, 'scenario.yaml');
    const out = join(folder, 'run');
    await writeFile(scenario, scenarioOf(specimen, listening.url));
    const args = ['run', scenario, '--quiet', '--seed', String(seed), '--out', out];
    const { exitCode, stderr } = await run([bin, ...args], folder);
    const text = await readFile(join(out, 'result.json'), 'utf8').catch(() => undefined);
    const result = text === undefined ? undefined : (JSON.parse(text) as RunResult);
    return { exitCode, result, stderr };
  } finally {
    await listening.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  args: readonly string[],
  cwd: string,
): Promise<{ exitCode: number | null; stderr: string }> {
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stderr };
}

/** How a run compares with what was to be expected. */
export interface Comparison {
  /** Why a wrong server was not caught by the right invariant, or a right one not passed. */
  readonly shortfall: string | undefined;
  /** Convictions that nothing accounts for. */
  readonly falseConvictions: readonly string[];
}

/** Compares what came out with the specimen's expectation. */
export function compare({ expected }: Specimen, judged: Judged): Comparison {
  const { result, exitCode, stderr } = judged;
  const ended = `exit ${exitCode ?? 'by a signal'}: ${stderr}`;
  if (result === undefined) return { shortfall: `no result, ${ended}`, falseConvictions: [] };
  const allowed: readonly string[] =
    expected.verdict === 'pass' ? [] : [expected.by, ...expected.consequences];
  const falseConvictions = Object.entries(result.invariants)
    .filter(([name, { verdict }]) => verdict === 'violated' && !allowed.includes(name))
    .map(([name, { reason }]) => `${name} is violated: ${reason ?? ''}`);
  const why =
    expected.verdict === 'pass' ? whyNotPassed(result) : whyNotCaught(expected.by, result);
  const isExitRight = exitCode === (expected.verdict === 'pass' ? 0 : 3);
  return { shortfall: why ?? (isExitRight ? undefined : ended), falseConvictions };
}

function whyNotPassed({ invariants }: RunResult): string | undefined {
  const open = Object.entries(invariants).filter(([, { verdict }]) => verdict === 'unknown');
  if (open.length === 0) return undefined;
  return open.map(([name, { reason }]) => `${name} is unknown: ${reason ?? ''}`).join('; ');
}

/** A conviction has to show for itself: one without a witness does not count. */
function whyNotCaught(name: string, { invariants, notJudged }: RunResult): string | undefined {
  const found = invariants[name];
  if (found === undefined) {
    const left = notJudged.find((invariant) => invariant.name === name);
    return `${name} was not judged: ${left?.reason ?? ''}`;
  }
  if (found.verdict !== 'violated') return `${name}: ${found.verdict}, ${found.reason ?? ''}`;
  return found.witnesses.count > 0 ? undefined : `${name} is violated and has no witness`;
}
