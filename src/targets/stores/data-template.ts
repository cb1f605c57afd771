import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { countEntries, discard, makePrivateFolder, publish } from './private-folders.ts';
import { type ProgramContext, runProgram } from './run-program.ts';

/** A fresh data folder of a server, kept between runs because making one takes seconds. */
export interface DataTemplate {
  /** Of all that decides what it holds: program, version, account, revision of its making. */
  readonly name: string;
  /** Makes and fills the folder `data`, which is not there yet. */
  readonly make: (data: string) => Promise<void>;
}

/** How templates are made and copied. */
export interface TemplateContext extends ProgramContext {
  /** Folder that templates are kept in. */
  readonly cache: string;
}

/**
 * Makes the folder `data` as a copy of a template, which the first caller on this machine makes and
 * publishes by an atomic rename.
 */
export async function copyTemplate(
  { name, make }: DataTemplate,
  data: string,
  context: TemplateContext,
): Promise<void> {
  const template = join(context.cache, name);
  for (let attempt = 1; ; attempt += 1) {
    if (!existsSync(template)) await makeTemplate(make, template, context);
    try {
      await runProgram('cp', ['-Rp', join(template, 'data'), data], context);
      if (countEntries(data) === entriesOf(template)) return;
      throw context.unavailable(`Files are missing in ${template}.`);
    } catch (error) {
      // A cleaner of temporary folders got at it: make it anew, once.
      if (attempt === 2) throw error;
      await discard(template);
      await rm(data, { recursive: true, force: true });
    }
  }
}

function entriesOf(template: string): number {
  return Number(readFileSync(join(template, 'entries'), 'utf8'));
}

async function makeTemplate(
  make: DataTemplate['make'],
  template: string,
  { account, cache, reaper, unavailable }: TemplateContext,
): Promise<void> {
  const staging = makePrivateFolder(join(cache, 'flashsim-staging'), account, reaper, unavailable);
  try {
    const data = join(staging, 'data');
    await make(data);
    writeFileSync(join(staging, 'entries'), String(countEntries(data)), { mode: 0o644 });
    await publish(staging, template);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  } finally {
    reaper.forgetDirectory(staging);
  }
}
