// Joins dist/ and the libraries that are no `dependencies` into bundle/, which is what runs and what is
// published: a command loads a dozen files and not four hundred, and starts in two thirds of the time.
// One entry for each process; what is loaded on demand stays a file of its own.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

const entries = [
  'cli/main',
  'engine/worker-entry',
  'engine/saturation-entry',
  'targets/reference/primary-entry',
  'targets/stores/reaper-entry',
];
/** A command that was started before this build may still load a chunk of the one before. */
const keptMs = 24 * 3_600_000;

export async function bundle(root) {
  const folder = join(root, 'bundle');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const installed = Object.keys(dependencies);
  const isInstalled = (id) => installed.some((name) => id === name || id.startsWith(`${name}/`));
  const isBuiltin = (id) => id.startsWith('node:') || builtinModules.includes(id);
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(root, 'dist', `${name}.js`)])),
    platform: 'node',
    external: (id) => isInstalled(id) || isBuiltin(id),
  });
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await build.close();
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  writeFileSync(join(folder, 'LICENSES.txt'), licencesOf(root, modules));
  removeOld(folder, new Set(output.map(({ fileName }) => fileName)));
}

/** The licences of the libraries that are in the bundle: all of them ask to be told. */
function licencesOf(root, modules) {
  const parts = modules.map(
    (id) => /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0],
  );
  const folders = [...new Set(parts.filter((folder) => folder !== undefined))].sort();
  return folders.map((folder) => licenceOf(root, folder)).join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${relative(root, folder)} has no licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

function removeOld(folder, current) {
  for (const name of readdirSync(join(folder, 'chunks'))) {
    const file = join(folder, 'chunks', name);
    if (current.has(`chunks/${name}`)) continue;
    if (Date.now() - statSync(file).mtimeMs > keptMs) rmSync(file);
  }
}

/** Whether something in dist/, the list of libraries or this script is newer than the bundle. */
export function isStale(root) {
  const last = join(root, 'bundle', 'LICENSES.txt');
  if (!existsSync(last)) return true;
  const { mtimeMs } = statSync(last);
  const sources = ['package.json', 'package-lock.json', 'scripts/bundle.js'].map((name) =>
    join(root, name),
  );
  const compiled = readdirSync(join(root, 'dist'), { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(root, 'dist', name));
  return [...sources, ...compiled].some((file) => statSync(file).mtimeMs > mtimeMs);
}
