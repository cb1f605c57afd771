import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Epoch } from '../core/clock.ts';
import { FlashsimError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Contract } from './contract.ts';
import { type Journal, readJournal } from './journal.ts';
import { readHistory, readLedger, writeHistory, writeLedger } from './parquet.ts';
import type { AttemptStore } from './store.ts';
import type { LedgerEntry, TruthSnapshot } from './truth.ts';

/** Names of the files in a run folder. */
export const runFiles = {
  manifest: 'run.json',
  history: 'history.parquet',
  truth: 'truth.json',
  ledger: 'ledger.parquet',
  journal: 'orders.journal',
  result: 'result.json',
} as const;

/** Version of `run.json` and `truth.json`. */
const runFolderSchemaVersion = 1;

/** `run.json`: all that is needed, with the other files, to judge a run again. */
export interface RunManifest {
  readonly schemaVersion: 1;
  readonly runId: string;
  /** Name of the scenario. */
  readonly name: string;
  /** Versions of what ran: flashsim, Node. */
  readonly flashsim: string;
  readonly node: string;
  /** Such as `linux x64`. */
  readonly platform: string;
  readonly seed: number;
  readonly scenarioHash: string;
  /** As resolved, secrets replaced. */
  readonly scenario: Json;
  readonly contract: Contract;
  /** Both clocks at ns 0 of the history. */
  readonly epoch: Epoch;
  readonly opening: {
    /** Opening, ns since the epoch. */
    readonly plannedNs: number;
    /** The same instant by the wall clock, ms since 1970. */
    readonly wallMs: number;
  };
  readonly faults: readonly ManifestFault[];
  /** Load-generating processes. */
  readonly workers: number;
  readonly planHash: string;
  /** True when a signal ended the run early. */
  readonly interrupted: boolean;
  /** Whether the snapshot was taken after everything had come to rest. */
  readonly quiesced: boolean;
  /** True when nobody but this run can have reached the target's stock. */
  readonly exclusive: boolean;
}

/** A planned fault as `run.json` tells it. */
interface ManifestFault {
  /** When it was planned, ns since the epoch. */
  readonly atNs: number;
  readonly kind: string;
  readonly detail: string;
  readonly fired: boolean;
}

/** A run folder as read back. */
export interface RunFolder {
  readonly manifest: RunManifest;
  readonly attempts: AttemptStore;
  readonly truth: TruthSnapshot | undefined;
  readonly journal: Journal | undefined;
}

/** What {@link writeRunFolder} writes; the journal is written while the run goes on. */
export type RunRecord = Omit<RunFolder, 'journal'>;

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
  const { manifest, attempts, truth } = record;
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

/** Reads a run folder back. Only manifest and history must be there. */
export async function readRunFolder(folder: string): Promise<RunFolder> {
  const manifest = await readManifest(folder);
  const journalPath = join(folder, runFiles.journal);
  return {
    manifest,
    attempts: await readHistory(join(folder, runFiles.history)),
    truth: await readTruth(folder),
    journal: (await exists(journalPath)) ? await readJournal(journalPath) : undefined,
  };
}

/** Reads and checks `run.json`. */
async function readManifest(folder: string): Promise<RunManifest> {
  const path = join(folder, runFiles.manifest);
  const value = await readJsonObject(path);
  const contract = value['contract'];
  requireFields(path, value, {
    runId: 'string',
    name: 'string',
    seed: 'number',
    contract: 'object',
    epoch: 'object',
    faults: 'array',
    interrupted: 'boolean',
    quiesced: 'boolean',
    exclusive: 'boolean',
  });
  requireFields(path, contract as Record<string, unknown>, { products: 'array' });
  return value as unknown as RunManifest;
}

async function readTruth(folder: string): Promise<TruthSnapshot | undefined> {
  const path = join(folder, runFiles.truth);
  if (!(await exists(path))) return undefined;
  const value = await readJsonObject(path);
  requireFields(path, value, {
    runId: 'string',
    takenAtMs: 'number',
    products: 'array',
    orders: 'array',
  });
  const truth = value as unknown as TruthSnapshot;
  const ledgerPath = join(folder, runFiles.ledger);
  if (!(await exists(ledgerPath))) return truth;
  const ledger: readonly LedgerEntry[] = await readLedger(ledgerPath);
  return { ...truth, ledger };
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

async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, 'it is no JSON object');
  }
  const object = value as Record<string, unknown>;
  const version = object['schemaVersion'];
  if (typeof version !== 'number') throw invalid(path, 'it has no schemaVersion');
  if (version > runFolderSchemaVersion) {
    throw invalid(path, `it was written by a newer version of flashsim (schema ${version})`);
  }
  return object;
}

type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'array';

function requireFields(
  path: string,
  object: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, FieldType>>,
): void {
  for (const [name, type] of Object.entries(fields)) {
    const value = object[name];
    const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    if (found !== type) throw invalid(path, `"${name}" should be ${type}, not ${found}`);
  }
}

function invalid(path: string, why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} cannot be read: ${why}.`,
    why: 'The run folder is incomplete, damaged, or of a newer version of flashsim.',
    fix: 'Name a folder made by `flashsim run`, or run the scenario again.',
    cause,
  });
}
