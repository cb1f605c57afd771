import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of a process's entry module beside the caller's. Node 20 cannot load TypeScript in a fork, so
 * a caller that runs from `src/` (under the test runner) gets the built file from `dist/`.
 *
 * @param callerUrl `import.meta.url` of the caller
 * @param name file name without extension
 */
export function builtEntry(callerUrl: string, name: string): string {
  const beside = fileURLToPath(new URL(`./${name}.js`, callerUrl));
  if (existsSync(beside)) return beside;
  return beside.replace(/([\\/])src([\\/])(?!.*[\\/]src[\\/])/, '$1dist$2');
}
