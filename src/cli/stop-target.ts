import type { Environment } from './environment.ts';

/** Something that ends, and tells what it could not remove, a line each. */
interface Stoppable {
  stop(): Promise<readonly string[]>;
}

/**
 * Ends a target. What it could not remove is a warning on stderr: the verdict stands, and so does what
 * the command exits with.
 */
export async function stopTarget(
  environment: Environment,
  target: Stoppable | undefined,
): Promise<void> {
  for (const left of (await target?.stop()) ?? []) {
    environment.stderr.write(`warning: ${left}\n`);
  }
}
