import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { FlashsimError, messageOf } from '../core/errors.ts';
import type { ProductContract } from './contract.ts';
import { productSchema } from './run-manifest.ts';

/** Version of the lines of `orders.journal`. */
const journalSchemaVersion = 2;

/**
 * Longest that an acknowledged order waits before it is being made durable, in milliseconds: half of
 * the 100 ms that are promised, the rest is for the disk.
 */
const flushDelayMs = 50;

/**
 * The first line of a journal: what the audit of a run that was killed knows of it. Orders are
 * written as they are acknowledged; that one was withdrawn or the stock was raised is not written,
 * so the header says whether that could happen.
 */
export interface JournalHeader {
  readonly runId: string;
  /** Name of the scenario. */
  readonly name: string;
  readonly seed: number;
  readonly scenarioHash: string;
  /** When the run began, wall clock, ms since 1970. */
  readonly startedAtMs: number;
  readonly products: readonly ProductContract[];
  /** True when nobody but this run can have reached the stock. */
  readonly exclusive: boolean;
  /** Shoppers of this run may withdraw their orders. */
  readonly mayCancel: boolean;
  /** Units that the run may put on sale besides the stock. */
  readonly restocks: readonly { readonly productId: string; readonly quantity: number }[];
  /** Command that plays the same plan again. */
  readonly replay: string;
}

/** An order that the server acknowledged, written down at once: it outlives a crash of the runner. */
export interface JournalEntry {
  readonly key: string;
  readonly orderId: string;
  readonly userId: string;
  readonly productId: string;
  readonly quantity: number;
  /** When the answer was complete, ns since the run's epoch. */
  readonly ns: number;
}

/** Makes a new journal holding only its header; an older one is replaced. Done once per run. */
export async function createJournal(path: string, header: JournalHeader): Promise<void> {
  const line = JSON.stringify({ schemaVersion: journalSchemaVersion, ...header });
  await writeFile(path, `${line}\n`, { flush: true });
}

/** What of a file a journal needs: a `FileHandle` opened for appending. */
export type JournalFile = Pick<FileHandle, 'appendFile' | 'datasync' | 'close'>;

/**
 * Appends to a journal made by {@link createJournal}. Several processes may write to one file: it
 * is opened O_APPEND and whole lines are written together. Lines are on the disk within 100 ms
 * (`fdatasync`), and nobody waits for that but {@link close}.
 */
export class OrderJournal {
  readonly #file: JournalFile;
  #pending: JournalEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  /** @param file open for appending; {@link close} closes it */
  constructor(file: JournalFile) {
    this.#file = file;
  }

  static async open(path: string): Promise<OrderJournal> {
    return new OrderJournal(await open(path, 'a'));
  }

  /** Returns at once; a failure to write shows in {@link failure} and {@link close}. */
  append(entry: JournalEntry): void {
    this.#pending.push(entry);
    this.#schedule();
  }

  /** The first error met in writing, if any: the journal is then not complete. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Resolves when everything appended so far is on the disk. Rejects with {@link failure}. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#flushing !== undefined) await this.#flushing;
    if (this.#pending.length > 0) await this.#begin();
    if (this.#failure !== undefined) throw this.#asError();
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#flushing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#begin();
    }, flushDelayMs);
  }

  /** Never rejects. */
  #begin(): Promise<void> {
    this.#flushing = this.#writePending().finally(() => {
      this.#flushing = undefined;
      if (this.#pending.length > 0) this.#schedule();
    });
    return this.#flushing;
  }

  async #writePending(): Promise<void> {
    // Written out many at a time: one by one, between requests, it costs several times as much.
    const text = this.#pending.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    this.#pending = [];
    try {
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #asError(): Error {
    return new FlashsimError('OUTPUT_NOT_WRITABLE', {
      what: `The journal of orders could not be written: ${messageOf(this.#failure)}.`,
      fix: 'Make sure that the folder for the results has room.',
      cause: this.#failure,
    });
  }
}

/** A journal as read back. */
export interface Journal {
  readonly header: JournalHeader;
  readonly orders: readonly JournalEntry[];
  /** True when the last line was cut short: its order is missing from `orders`. */
  readonly brokenLastLine: boolean;
}

const headerSchema = z.object({
  runId: z.string().min(1),
  name: z.string(),
  seed: z.int(),
  scenarioHash: z.string(),
  startedAtMs: z.number().refine((ms) => Math.abs(ms) <= 8.64e15),
  products: z.array(productSchema),
  exclusive: z.boolean(),
  mayCancel: z.boolean(),
  restocks: z.array(z.object({ productId: z.string(), quantity: z.int().min(0) })),
  replay: z.string(),
} satisfies Record<keyof JournalHeader, z.ZodType>);

const entrySchema = z.object({
  key: z.string().min(1),
  orderId: z.string(),
  userId: z.string(),
  productId: z.string(),
  quantity: z.int().min(0).max(65_535),
  ns: z.number(),
} satisfies Record<keyof JournalEntry, z.ZodType>);

/** Reads a journal. A last line cut short by a crash is left out and told of. */
export async function readJournal(path: string): Promise<Journal> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
  const lines = text.split('\n');
  // What follows the last newline is an unfinished line, or nothing.
  const rest = lines.pop() ?? '';
  const [first, ...entries] = lines;
  const header = readHeader(path, first);
  const orders = entries.map((line, index) => {
    const entry = entrySchema.safeParse(parsed(line));
    if (entry.success) return entry.data;
    throw invalid(path, `line ${index + 2} is damaged`);
  });
  return { header, orders, brokenLastLine: rest !== '' };
}

function readHeader(path: string, line: string | undefined): JournalHeader {
  const value = z.object({ schemaVersion: z.number() }).safeParse(parsed(line ?? ''));
  if (!value.success) throw invalid(path, 'it has no header');
  const { schemaVersion } = value.data;
  if (schemaVersion !== journalSchemaVersion) {
    const age = schemaVersion > journalSchemaVersion ? 'a newer' : 'an older';
    throw invalid(path, `it was written by ${age} version of flashsim (schema ${schemaVersion})`);
  }
  const header = headerSchema.safeParse(parsed(line ?? ''));
  if (header.success) return header.data;
  const field = header.error.issues[0]?.path.map(String).join('.') ?? '';
  throw invalid(path, `its header is damaged at "${field}"`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function invalid(path: string, why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} cannot be read: ${why}.`,
    fix: 'Copy the run folder anew, or run the scenario again.',
    cause,
  });
}
