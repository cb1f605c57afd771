import { resolve } from 'node:path';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import { memberOf } from '../json-schema.ts';
import { readBounded } from '../read-bounded.ts';

/** Half a million lines of an access log or more: a run plays less. */
const traceBytesMax = 64 * 1024 * 1024;
/** A scenario has no more arrival shapes than this. */
const tracesMax = 20;

/** The text of a trace, or why there is none. */
type TraceText = { readonly text: string } | { readonly mistake: string; readonly fix: string };

/** The traces that a scenario names, by `file` as it is written there. */
export type TraceFiles = ReadonlyMap<string, TraceText>;

/**
 * Reads the traces that a scenario names, before it is known whether the rest of it is valid. Never
 * rejects: what is wrong with a file is told with everything else that is wrong.
 *
 * @param raw the scenario as plain values
 * @param folder relative paths count from it
 */
export async function readTraceFiles(raw: unknown, folder: string): Promise<TraceFiles> {
  const files = new Map<string, TraceText>();
  const arrivals = memberOf(memberOf(raw, 'workload'), 'arrivals');
  for (const shape of Array.isArray(arrivals) ? (arrivals as readonly unknown[]) : []) {
    const file = memberOf(shape, 'file');
    const isTrace = memberOf(shape, 'type') === 'trace' && typeof file === 'string';
    if (!isTrace || file === '' || files.has(file) || files.size === tracesMax) continue;
    files.set(file, await readTrace(resolve(folder, file), file));
  }
  return files;
}

async function readTrace(path: string, named: string): Promise<TraceText> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(path, traceBytesMax);
  } catch (error) {
    return unreadable(error, named);
  }
  if (bytes.length > traceBytesMax) {
    return {
      mistake: `${named} is larger than 64 MiB`,
      fix: 'cut it down to the minutes around the opening',
    };
  }
  // User agents and paths may hold anything; timestamps are ASCII.
  return { text: new TextDecoder('utf-8').decode(bytes) };
}

function unreadable(error: unknown, named: string): TraceText {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  const why = reasons[systemCodeOf(error) ?? ''] ?? messageOf(error);
  return {
    mistake: `${named} cannot be read: ${why}`,
    fix: 'name a file that you may read; its path counts from the folder of the scenario',
  };
}
