import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically, writeJson } from '../../history/run-folder.ts';
import { mermaidOf } from './mermaid.ts';
import type { Story } from './story.ts';

/** Names in the run folder. */
const witnessFiles = { stories: 'witnesses.json', diagrams: 'witnesses' } as const;

/** Version of `witnesses.json`. */
const witnessesSchemaVersion = 1;

/**
 * Writes the stories of violated invariants into the run folder: all as `witnesses.json`, each as
 * `witnesses/<invariant>.mmd`. Those of an earlier audit of the folder go; without a story nothing is
 * left of them.
 */
export async function writeWitnesses(
  folder: string,
  runId: string,
  stories: readonly Story[],
): Promise<void> {
  const diagrams = join(folder, witnessFiles.diagrams);
  const json = join(folder, witnessFiles.stories);
  await removeDiagrams(diagrams);
  if (stories.length === 0) {
    await rm(json, { force: true });
    return;
  }
  await writeJson(json, { schemaVersion: witnessesSchemaVersion, runId, stories });
  await mkdir(diagrams, { recursive: true });
  for (const story of stories) {
    await writeAtomically(join(diagrams, `${story.invariant}.mmd`), mermaidOf(story));
  }
}

/** Diagrams only: whatever else somebody put there stays. */
async function removeDiagrams(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (/^[A-Za-z]+\.mmd$/.test(name)) await rm(join(folder, name), { force: true });
  }
}
