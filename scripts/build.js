// Compiles src/ to dist/, joins that into bundle/, and copies there what is no code: YAML, and what a
// browser reads. Incremental, and it never deletes what works: npm and npx may call it again at any time,
// also while a run is under way.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, 'bundle', 'cli', 'main.js');

function compiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  } catch {
    return undefined;
  }
}

const tsc = compiler();
if (tsc === undefined || !existsSync(join(root, 'src'))) {
  if (existsSync(built)) process.exit(0); // an installed package: already built, no compiler needed
  console.error(
    'flashsim: cannot build: typescript is not installed. Run `npm ci` without --omit=dev.',
  );
  process.exit(1);
}

const compile = () =>
  spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], {
    encoding: 'utf8',
    cwd: root,
  });
let run = compile();
if (run.status !== 0) {
  // TypeScript 6.0 at times reports TS2877 from a stale build record: only a fresh build counts.
  rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
  run = compile();
}
process.stdout.write(run.stdout ?? '');
process.stderr.write(run.stderr ?? '');
if (run.status !== 0) process.exit(run.status ?? 1);

function copyAssets(from, to) {
  for (const entry of readdirSync(from)) {
    const source = join(from, entry);
    const target = join(to, entry);
    if (statSync(source).isDirectory()) copyAssets(source, target);
    else if (/\.(yaml|sql|css|js)$/.test(entry)) {
      mkdirSync(to, { recursive: true });
      if (!existsSync(target) || !readFileSync(source).equals(readFileSync(target)))
        copyFileSync(source, target);
    }
  }
}
copyAssets(join(root, 'src'), join(root, 'bundle'));
// Not before there is a compiler: an installed package has no bundler either.
const { bundle, isStale } = await import('./bundle.js');
if (isStale(root)) await bundle(root);
