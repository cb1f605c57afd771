import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FlashsimError, messageOf, systemCodeOf } from '../core/errors.ts';
import { type Journal, readJournal } from './journal.ts';
import { readHistory, readLedger, writeHistory, writeLedger } from './parquet.ts';
import { describeParquet } from './parquet-file.ts';
import {
  type EvidenceCounts,
  manifestSchema,
  manifestVersion,
  type RunManifest,
} from './run-manifest.ts';
import type { AttemptStore } from './store.ts';
import type { LedgerEntry, TruthSnapshot } from './truth.ts';
import { storedTruthSchema } from './truth-schema.ts';

/** Names of the files in a run folder. */
export const runFiles = {
  manifest: 'run.json',
  history: 'history.parquet',
  truth: 'truth.json',
  ledger: 'ledger.parquet',
  journal: 'orders.journal',
  result: 'result.json',
} as const;

/** A run folder as read back: of a run that came to its end, or of one that was killed. */
export type RunFolder = CompleteRun | KilledRun;

/** All that a run left behind that came to its end. */
export interface CompleteRun {
  readonly kind: 'complete';
  readonly manifest: RunManifest;
  readonly attempts: AttemptStore;
  readonly truth: TruthSnapshot | undefined;
  readonly journal: Journal | undefined;
  /** What is missing that the run had written, for people. */
  readonly notes: readonly string[];
}

/** All that a run left behind whose process died before it could write anything but the journal. */
export interface KilledRun {
  readonly kind: 'killed';
  readonly journal: Journal;
  readonly journalPath: string;
}

/** What {@link writeRunFolder} writes; the journal is written while the run goes on. */
export interface RunRecord {
  readonly manifest: Omit<RunManifest, 'schemaVersion' | 'evidence'>;
  readonly attempts: AttemptStore;
  readonly truth: TruthSnapshot | undefined;
}

/**
 * Writes `text` beside `path`, makes it durable and moves it there: a reader sees the old content
 * or the new, never half.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new FlashsimError('OUTPUT_NOT_WRITABLE', {
      what: `${path} could not be written: ${messageOf(error)}.`,
      fix: 'Make sure that the folder exists, is writable, and has room.',
      cause: error,
    });
  }
}

/** {@link writeAtomically} of indented JSON. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes manifest, history, truth and ledger into an existing folder; the manifest comes last. */
export async function writeRunFolder(folder: string, record: RunRecord): Promise<void> {
  const { attempts, truth } = record;
  const manifest: RunManifest = {
    schemaVersion: manifestVersion,
    ...record.manifest,
    evidence: countsOf(attempts, truth),
  };
  const productIds = manifest.contract.products.map(({ id }) => id);
  await writeHistory(join(folder, runFiles.history), attempts, {
    runId: manifest.runId,
    productIds,
  });
  if (truth !== undefined) await writeTruth(folder, truth);
  await writeJson(join(folder, runFiles.manifest), manifest);
}

async function writeTruth(folder: string, truth: TruthSnapshot): Promise<void> {
  const { ledger, ...rest } = truth;
  if (ledger !== undefined) {
    await writeLedger(join(folder, runFiles.ledger), ledger, truth.runId);
  }
  await writeJson(join(folder, runFiles.truth), rest);
}

function countsOf(attempts: AttemptStore, truth: TruthSnapshot | undefined): EvidenceCounts {
  return {
    attempts: attempts.length,
    orders: truth?.orders.length ?? null,
    ledgerEntries: truth?.ledger?.length ?? null,
  };
}

/**
 * Reads a run folder back and makes sure that its files are of one run. A folder without `run.json`
 * is that of a killed run when it has a journal.
 *
 * @throws FlashsimError RUN_FOLDER_INVALID
 */
export async function readRunFolder(folder: string): Promise<RunFolder> {
  const journalPath = join(folder, runFiles.journal);
  const manifestPath = join(folder, runFiles.manifest);
  const hasJournal = await exists(journalPath);
  if (!(await exists(manifestPath))) {
    if (!hasJournal) throw noRun(folder);
    return { kind: 'killed', journal: await readJournal(journalPath), journalPath };
  }
  const manifest = await readManifest(manifestPath);
  const attempts = await readAttempts(folder, manifest);
  const truth = await readTruth(folder, manifest);
  const journal = hasJournal ? await readJournal(journalPath) : undefined;
  if (journal !== undefined) sameRun(journalPath, journal.header.runId, manifest.runId);
  return { kind: 'complete', manifest, attempts, truth, journal, notes: notesOf() };

  function notesOf(): string[] {
    const notes = hasJournal ? [] : [`${runFiles.journal} is missing from the run folder`];
    const { orders, ledgerEntries } = manifest.evidence;
    if (orders !== null && truth === undefined) {
      notes.push(`${runFiles.truth} is missing from the run folder`);
    } else if (ledgerEntries !== null && truth?.runId === manifest.runId && !truth.ledger) {
      notes.push(`${runFiles.ledger} is missing from the run folder`);
    }
    return notes;
  }
}

async function readAttempts(folder: string, manifest: RunManifest): Promise<AttemptStore> {
  const path = join(folder, runFiles.history);
  const attempts = await readHistory(path);
  sameRun(path, (await describeParquet(path)).runId, manifest.runId);
  sameCount(path, attempts.length, manifest.evidence.attempts, 'attempts');
  return attempts;
}

/** Reads and checks `run.json`. */
async function readManifest(path: string): Promise<RunManifest> {
  const value = await readJson(path);
  const version = z.object({ schemaVersion: z.number() }).safeParse(value);
  if (!version.success) throw invalid(path, 'it has no schemaVersion');
  const { schemaVersion } = version.data;
  if (schemaVersion !== manifestVersion) {
    const age = schemaVersion > manifestVersion ? 'a newer' : 'an older';
    throw invalid(path, `it was written by ${age} version of flashsim (schema ${schemaVersion})`);
  }
  const { opening, truthNote, ...rest } = checked(path, manifestSchema, value);
  const { closesAtMs, ...times } = opening;
  return { ...rest, truthNote, opening: { ...times, closesAtMs } };
}

/** A snapshot of another run is handed on: the audit says so. */
async function readTruth(
  folder: string,
  manifest: RunManifest,
): Promise<TruthSnapshot | undefined> {
  const path = join(folder, runFiles.truth);
  if (!(await exists(path))) return undefined;
  const truth: TruthSnapshot = checked(path, storedTruthSchema, await readJson(path));
  if (truth.runId !== manifest.runId) return truth;
  const { orders, ledgerEntries } = manifest.evidence;
  sameCount(path, truth.orders.length, orders, 'orders');
  const ledgerPath = join(folder, runFiles.ledger);
  if (!(await exists(ledgerPath))) return truth;
  const ledger: readonly LedgerEntry[] = await readLedger(ledgerPath);
  sameRun(ledgerPath, (await describeParquet(ledgerPath)).runId, manifest.runId);
  sameCount(ledgerPath, ledger.length, ledgerEntries, 'entries');
  return { ...truth, ledger };
}

function sameRun(path: string, found: string | undefined, expected: string): void {
  if (found === expected) return;
  throw new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} is of run ${found ?? 'unknown'}, not of run ${expected}.`,
    why: 'Files of two runs stand in one folder: judged together, they would say nothing.',
    fix: 'Copy the run folder anew from where it was made.',
  });
}

function sameCount(path: string, found: number, expected: number | null, what: string): void {
  if (found === expected) return;
  throw invalid(
    path,
    `it has ${found} ${what}, and ${runFiles.manifest} says ${expected ?? 'none'}`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw invalid(path, messageOf(error), error);
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
}

/** Every field has to be as the schema says; the first that is not is named. */
function checked<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.').slice(0, 80) ?? '';
  throw invalid(
    path,
    field === ''
      ? 'it is no JSON object'
      : `"${field}" is not as it should be: ${issue?.message ?? ''}`,
  );
}

function noRun(folder: string): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${folder} holds no run: there is neither ${runFiles.manifest} nor ${runFiles.journal} in it.`,
    fix: 'Name a folder made by `flashsim run`; to judge a history of another tool, use --history.',
  });
}

function invalid(path: string, why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} cannot be read: ${why}.`,
    why: 'The run folder is incomplete, damaged, or of another version of flashsim.',
    fix: 'Name a folder made by `flashsim run`, or run the scenario again.',
    cause,
  });
}
