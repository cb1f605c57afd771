import { type FileHandle, open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Contract } from '../history/contract.ts';
import type { AttemptStore } from '../history/store.ts';
import { HistoryCollector, type ImportFacts } from './collector.ts';
import { jmeterColumns } from './formats.ts';
import type { HistoryFormat } from './history-formats.ts';
import { importError } from './import-error.ts';
import { unreadable } from './lines.ts';
import type { Mapping } from './mapping.ts';
import type { ImportedNames } from './names.ts';
import { readOwnHistory, readParquet } from './read-parquet.ts';
import { type ReadNotes, readText } from './read-text.ts';

/** What a history is imported with. */
export interface ImportOptions {
  readonly path: string;
  readonly format: HistoryFormat;
  readonly contract: Contract;
  readonly mapping: Mapping | undefined;
}

/** A history that is ready to be judged. */
export interface ImportedHistory {
  readonly format: Exclude<HistoryFormat, 'auto'>;
  readonly attempts: AttemptStore;
  /** Wall clock at ns 0 of the attempts, ms since 1970; meaningless without `facts.wallClock`. */
  readonly epochMs: number;
  /** Set for a `history.parquet` of flashsim's own, whose names are those of the run. */
  readonly runId: string | undefined;
  readonly names: ImportedNames | undefined;
  readonly facts: ImportFacts;
  readonly notes: ReadNotes;
}

/**
 * Reads the history of another tool, or a `history.parquet` of flashsim's own.
 *
 * @throws FlashsimError AUDIT_INPUT_INVALID, with the line where there is one
 */
export async function importHistory(options: ImportOptions): Promise<ImportedHistory> {
  const { path, mapping, contract } = options;
  const format = options.format === 'auto' ? await formatOf(path) : options.format;
  const productIds = contract.products.map(({ id }) => id);
  if (format === 'parquet') {
    const own = mapping === undefined ? await readOwnHistory(path, productIds) : undefined;
    if (own !== undefined) {
      return { format, ...own, epochMs: 0, names: undefined, facts: ownFacts(own.attempts), notes };
    }
  }
  const collector = new HistoryCollector(productIds);
  const read =
    format === 'parquet'
      ? await readParquet(path, mapping, collector)
      : await readText(path, format, mapping, collector);
  const collected = collector.finish();
  if ('mistake' in collected) {
    const { mistake, line } = collected;
    throw importError(path, mistake, 'See docs/reference/history-format.md.', { line });
  }
  return { format, ...collected, runId: undefined, notes: read };
}

const notes: ReadNotes = { cutShort: false, leftOut: 0, unknownColumns: [] };

/** A history of flashsim's own names everything; what it lacks is the wall clock of its epoch. */
function ownFacts(attempts: AttemptStore): ImportFacts {
  return {
    rows: attempts.length,
    orders: attempts.length,
    keyless: false,
    nameless: false,
    userless: false,
    deviceless: false,
    ambiguous: 0,
    otherProducts: 0,
    wholeMs: false,
    wallClock: false,
  };
}

const headBytes = 64 * 1024;

/** What a file is in, by its first bytes; its name decides nothing but what CSV and JSON leave open. */
async function formatOf(path: string): Promise<Exclude<HistoryFormat, 'auto'>> {
  const head = await headOf(path);
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (head[0] === 0x1f && head[1] === 0x8b) {
    throw importError(path, 'it is compressed with gzip', 'Decompress it first: gunzip.');
  }
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('<')) {
    throw importError(
      path,
      'it is XML',
      'Save JMeter’s results as CSV: jmeter.save.saveservice.output_format=csv.',
    );
  }
  const [line = ''] = text.split('\n', 1);
  if (line.startsWith('{')) return isK6(line) ? 'k6' : 'ndjson';
  if (extname(path) === '.parquet') return 'parquet';
  if (jmeterColumns.every((column) => line.includes(column))) return 'jmeter';
  return ['.ndjson', '.jsonl', '.json'].includes(extname(path)) ? 'ndjson' : 'csv';
}

function isK6(line: string): boolean {
  return /"type":\s*"(?:Metric|Point)"/.test(line) && line.includes('"metric"');
}

async function headOf(path: string): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file?.close();
  }
}
