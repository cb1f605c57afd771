// The zoo as a campaign: every server of test/zoo over many seeds. Each wrong one has to be caught by
// the right invariant in every run (a race in 19 of 20), each right one has to pass in every run.
// With --record a campaign can be played in parts: runs that the file has are not played again, and the
// table tells of them all.
// Usage: npm run zoo [-- --seeds 20] [--from-seed 1] [--only name] [--parallel 2] [--record file]
import {
  appendFileSync,
  cpSync,
  existsSync,
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
    'from-seed': { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    parallel: { type: 'string', default: '2' },
    record: { type: 'string' },
  },
});
const seeds = countOf('seeds', values.seeds);
const firstSeed = countOf('from-seed', values['from-seed']);
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

/** What came of each run: `{ name, seed, shortfall, falseConvictions, violated }`. */
const names = new Set(played.map(({ name }) => name));
const ended = recorded().filter(({ name }) => names.has(name));
const isEnded = new Set(ended.map(({ name, seed }) => `${name} ${seed}`));
const runs = played
  .flatMap((specimen) =>
    Array.from({ length: seeds }, (_, index) => ({ specimen, seed: firstSeed + index })),
  )
  .filter(({ specimen, seed }) => !isEnded.has(`${specimen.name} ${seed}`));
const total = runs.length;
const startedMs = performance.now();
await Promise.all(
  Array.from({ length: parallel }, async () => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) await playOne(run);
  }),
);

/** The runs of the file, one a line. */
function recorded() {
  if (values.record === undefined || !existsSync(values.record)) return [];
  const lines = readFileSync(values.record, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

async function playOne({ specimen, seed }) {
  const judged = await judge(specimen, seed, bin);
  const { shortfall, falseConvictions } = compare(specimen, judged);
  const violated = Object.entries(judged.result?.invariants ?? {})
    .filter(([, { verdict }]) => verdict === 'violated')
    .map(([name]) => name);
  const run = { name: specimen.name, seed, shortfall, falseConvictions, violated };
  ended.push(run);
  if (values.record !== undefined) appendFileSync(values.record, `${JSON.stringify(run)}\n`);
  process.stderr.write(`\r${total - runs.length} of ${total} begun `);
}

let failures = 0;
const notes = [];
console.log('| server | must be | as it must | violated besides | |');
console.log('|---|---|---|---|---|');
for (const { name, expected } of played) {
  const own = ended.filter((run) => run.name === name).sort((a, b) => a.seed - b.seed);
  const missed = own.filter(({ shortfall }) => shortfall !== undefined);
  const falselyConvicted = own.filter(({ falseConvictions }) => falseConvictions.length > 0);
  const allowedMisses = expected.race === true ? Math.floor(own.length / runsPerMiss) : 0;
  const isWrong = missed.length > allowedMisses || falselyConvicted.length > 0;
  if (isWrong) failures += 1;
  const race = expected.race === true ? ' (race)' : '';
  const must = expected.verdict === 'pass' ? 'passed' : `caught by ${expected.by}${race}`;
  const met = `${own.length - missed.length}/${own.length}`;
  const also = new Set(own.flatMap(({ violated }) => violated));
  also.delete(expected.by);
  console.log(`| ${name} | ${must} | ${met} | ${[...also].join(', ')} | ${isWrong ? '←' : ''} |`);
  for (const { seed, shortfall } of missed)
    notes.push(`${name}, seed ${seed}: ${shortfall.trim()}`);
  for (const { seed, falseConvictions } of falselyConvicted)
    notes.push(`${name}, seed ${seed}: FALSE ${falseConvictions.join('; ')}`);
}
for (const note of notes) console.log(`\n${note}`);
const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
const of = `${ended.length} runs of ${played.length} servers`;
console.log(`\n${of}, ${total} of them now in ${minutes} min, ${failures} servers failed`);
process.exit(failures === 0 ? 0 : 1);
