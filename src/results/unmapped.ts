import { formatCount } from '../core/units.ts';
import type { UnmappedRecord, WorkerFigures } from '../history/run-record.ts';
import type { Operation } from '../history/vocabulary.ts';

/** Operations whose answers say what was sold: a run that could not read them proves nothing. */
const telling: ReadonlySet<Operation> = new Set(['order', 'status', 'cancel']);

/** Answers of an own server that nothing was declared for, over all load generators. */
function unmappedOf(workers: readonly WorkerFigures[]): readonly UnmappedRecord[] {
  const byKind = new Map<string, UnmappedRecord>();
  for (const answer of workers.flatMap(({ unmapped }) => unmapped ?? [])) {
    // An example begins with what is wrong, where that is not that no rule fits.
    const kind = `${answer.operation} ${answer.status} ${answer.example.split(': ')[0] ?? ''}`;
    const known = byKind.get(kind);
    byKind.set(kind, { ...answer, ...known, count: answer.count + (known?.count ?? 0) });
  }
  return [...byKind.values()].sort((a, b) => b.count - a.count);
}

/** One line for each kind of answer, with an example. */
export function unmappedWarnings(workers: readonly WorkerFigures[]): string[] {
  return unmappedOf(workers).map(
    ({ operation, status, count, example }) =>
      `${formatCount(count)} ${count === 1 ? 'answer' : 'answers'} to ${operation} could not be read ` +
      `(status ${status}), so that nobody knows what came of ${count === 1 ? 'it' : 'them'}: ${example}`,
  );
}

/** Why the answers cast doubt on the whole run; undefined when they do not. */
export function unmappedDoubts(workers: readonly WorkerFigures[]): readonly string[] {
  const doubtful = unmappedOf(workers).filter(({ operation }) => telling.has(operation));
  const count = doubtful.reduce((sum, answer) => sum + answer.count, 0);
  if (count === 0) return [];
  const what = count === 1 ? 'answer fits' : 'answers fit';
  return [`${formatCount(count)} ${what} no rule of target.http.requests`];
}
