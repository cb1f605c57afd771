import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CellOutcome } from './outcome.ts';

const file = 'cells.ndjson';

interface CellRecord {
  /** Digest of everything that the outcome depends on: version, scenario, cell. */
  readonly digest: string;
  readonly outcome: CellOutcome;
}

/** Writes a played cell down, so that a matrix that was stopped can go on. */
export async function recordCell(folder: string, record: CellRecord): Promise<void> {
  await appendFile(join(folder, file), `${JSON.stringify(record)}\n`);
}

/** The cells that were played, by their digest; none where there is no matrix. */
export async function readCells(folder: string): Promise<ReadonlyMap<string, CellOutcome>> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => '');
  const found = new Map<string, CellOutcome>();
  for (const line of text.split('\n')) {
    const record = parsed(line);
    if (record !== undefined) found.set(record.digest, record.outcome);
  }
  return found;
}

/** A line that was cut off when its writer died is played again. */
function parsed(line: string): CellRecord | undefined {
  try {
    return JSON.parse(line) as CellRecord;
  } catch {
    return undefined;
  }
}
