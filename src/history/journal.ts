import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { FlashsimError, messageOf } from '../core/errors.ts';

/** Version of the lines of `orders.journal`. */
const journalSchemaVersion = 1;

/** Longest that an acknowledged order waits before it is being made durable, in milliseconds. */
const flushDelayMs = 50;

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
export async function createJournal(path: string, runId: string): Promise<void> {
  await writeFile(path, `${JSON.stringify({ schemaVersion: journalSchemaVersion, runId })}\n`);
}

/**
 * Appends to a journal made by {@link createJournal}. Several processes may write to one file: it
 * is opened O_APPEND and whole lines are written together. Lines are on the disk within 100 ms
 * (`fdatasync`), and nobody waits for that but {@link close}.
 */
export class OrderJournal {
  readonly #file: FileHandle;
  #pending: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<OrderJournal> {
    return new OrderJournal(await open(path, 'a'));
  }

  /** Returns at once; a failure to write shows in {@link failure} and {@link close}. */
  append(entry: JournalEntry): void {
    this.#pending.push(`${JSON.stringify(entry)}\n`);
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
    const text = this.#pending.join('');
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
  readonly runId: string;
  readonly orders: readonly JournalEntry[];
  /** True when the last line was cut short: its order is missing from `orders`. */
  readonly brokenLastLine: boolean;
}

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
  const [header, ...entries] = lines;
  const runId = readHeader(path, header);
  const orders = entries.map((line, index) => {
    const entry = parsed(line);
    if (isEntry(entry)) return entry;
    throw invalid(path, `line ${index + 2} is damaged`);
  });
  return { runId, orders, brokenLastLine: rest !== '' };
}

function readHeader(path: string, line: string | undefined): string {
  const header = parsed(line ?? '');
  if (typeof header !== 'object' || header === null) throw invalid(path, 'it has no header');
  const { schemaVersion, runId } = header as Record<string, unknown>;
  if (typeof schemaVersion !== 'number' || typeof runId !== 'string') {
    throw invalid(path, 'its header is damaged');
  }
  if (schemaVersion > journalSchemaVersion) {
    throw invalid(path, `it was written by a newer version of flashsim (schema ${schemaVersion})`);
  }
  return runId;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  const texts = [entry['key'], entry['orderId'], entry['userId'], entry['productId']];
  const numbers = [entry['quantity'], entry['ns']];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number')
  );
}

function invalid(path: string, why: string, cause?: unknown): FlashsimError {
  return new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} cannot be read: ${why}.`,
    fix: 'Copy the run folder anew, or run the scenario again.',
    cause,
  });
}
