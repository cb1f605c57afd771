import type { UnmappedRecord } from '../../../history/run-record.ts';
import type { Operation } from '../../../history/vocabulary.ts';
import type { Answer } from './answer.ts';

/** A server that answers in more ways than this is told of by the first of them. */
const kindsMax = 10;
const exampleCharactersMax = 160;

/** Keeps an example of every kind of answer that nothing was declared for. */
export class UnmappedAnswers {
  readonly #byKind = new Map<
    string,
    { -readonly [K in keyof UnmappedRecord]: UnmappedRecord[K] }
  >();

  /** @param what what is wrong with it, where that is not that no rule fits */
  note(operation: Operation, answer: Answer, what = ''): void {
    const kind = `${operation} ${answer.status} ${what}`;
    const known = this.#byKind.get(kind);
    if (known !== undefined) known.count += 1;
    else if (this.#byKind.size < kindsMax) {
      const { status } = answer;
      const example = what === '' ? exampleOf(answer) : `${what}: ${exampleOf(answer)}`;
      this.#byKind.set(kind, { operation, status, count: 1, example });
    }
  }

  all(): readonly UnmappedRecord[] {
    return Array.from(this.#byKind.values(), (entry) => ({ ...entry }));
  }
}

function exampleOf(answer: Answer): string {
  const type = answer.response.header('content-type')?.split(';')[0] ?? '';
  const location = answer.response.header('location');
  const body = answer.text.slice(0, 4_096).replaceAll(/\s+/g, ' ').trim();
  const parts = [
    type,
    location === undefined ? '' : `to ${location.replace(/[?#].*/s, '')}`,
    body === '' ? 'without a body' : withoutSecrets(body),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** Members that hold secrets by their names, and anything that looks like a token. */
function withoutSecrets(text: string): string {
  const masked = text
    .replaceAll(
      /("[^"]{0,40}(?:token|secret|passw|session|jwt|auth|key|cookie)[^"]{0,40}"\s*:\s*)"[^"]*"?/gi,
      '$1"…"',
    )
    .replaceAll(/[\w.+/=-]{20,}/g, (run) => (/\d/.test(run) && /[a-z]/i.test(run) ? '…' : run));
  return masked.length > exampleCharactersMax
    ? `${masked.slice(0, exampleCharactersMax - 1)}…`
    : masked;
}
