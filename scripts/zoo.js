// The zoo as a campaign: every server of test/zoo over many seeds. Each wrong one has to be caught by
// the right invariant in every run (a race in 19 of 20), each right one has to pass in every run.
// Usage: npm run zoo [-- --seeds 20] [--only name] [--parallel 2]
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'bin', 'flashsim.js');
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    only: { type: 'string', multiple: true },
    parallel: { type: 'string', default: '2' },
  },
});
const seeds = countOf('seeds', values.seeds);
const parallel = countOf('parallel', values.parallel);
/** Of so many runs of a race one may miss it. */
const runsPerMiss = 20;

function countOf(name, text) {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  console.error(`--${name} must be a whole number from 1`);
  process.exit(2);
}

/** The zoo as JavaScript: Node 20 reads no TypeScript, and the servers import nothing but Node. */
function compileZoo(folder) {
  const source = join(root, 'test', 'zoo');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(join(source, name), 'utf8');
    const file = join(folder, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, ts.transpileModule(text, { compilerOptions }).outputText);
  }
  const load = (name) => import(pathToFileURL(join(folder, name)).href);
  return Promise.all([load('registry.js'), load('play.js')]);
}

const folder = mkdtempSync(join(tmpdir(), 'flashsim-zoo-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const [{ zoo }, { judge, compare }] = await compileZoo(folder);
const played = zoo.filter(({ name }) => values.only === undefined || values.only.includes(name));
if (played.length === 0) {
  console.error(`no such server; there are ${zoo.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const tallies = new Map(played.map(({ name }) => [name, { met: 0, notes: [], also: new Set() }]));
const runs = played.flatMap((specimen) =>
  Array.from({ length: seeds }, (_, index) => ({ specimen, seed: index + 1 })),
);
const total = runs.length;
const startedMs = performance.now();
await Promise.all(
  Array.from({ length: parallel }, async () => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) await playOne(run);
  }),
);

async function playOne({ specimen, seed }) {
  const tally = tallies.get(specimen.name);
  const judged = await judge(specimen, seed, bin);
  const { shortfall, falseConvictions } = compare(specimen, judged);
  for (const [name, { verdict }] of Object.entries(judged.result?.invariants ?? {})) {
    if (verdict === 'violated' && name !== specimen.expected.by) tally.also.add(name);
  }
  if (shortfall === undefined) tally.met += 1;
  else tally.notes.push(`seed ${seed}: ${shortfall.trim()}`);
  for (const conviction of falseConvictions) tally.notes.push(`seed ${seed}: FALSE ${conviction}`);
  process.stderr.write(`\r${total - runs.length} of ${total} begun `);
}

let failures = 0;
console.log('| server | must be | as it must | violated besides | |');
console.log('|---|---|---|---|---|');
for (const { name, expected } of played) {
  const { met, notes, also } = tallies.get(name);
  const allowedMisses = expected.race === true ? Math.floor(seeds / runsPerMiss) : 0;
  const isWrong = seeds - met > allowedMisses || notes.some((note) => note.includes('FALSE'));
  if (isWrong) failures += 1;
  const race = expected.race === true ? ' (race)' : '';
  const must = expected.verdict === 'pass' ? 'passed' : `caught by ${expected.by}${race}`;
  const besides = [...also].join(', ');
  console.log(`| ${name} | ${must} | ${met}/${seeds} | ${besides} | ${isWrong ? '←' : ''} |`);
}
for (const [name, { notes }] of tallies)
  for (const note of notes) console.log(`\n${name}, ${note}`);
const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
console.log(`\n${total} runs of ${played.length} servers in ${minutes} min, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
