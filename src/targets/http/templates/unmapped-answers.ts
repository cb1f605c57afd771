import { isSecretName, Secrets } from '../../../core/secrets.ts';
import type { UnmappedRecord } from '../../../history/run-record.ts';
import type { Operation } from '../../../history/vocabulary.ts';
import type { Feeders, TemplateSpec } from '../template-spec.ts';
import type { Answer } from './answer.ts';
import type { Sessions } from './sessions.ts';

/** A server that answers in more ways than this is told of by the first of them. */
const kindsMax = 10;
const exampleCharactersMax = 160;

/** Answers of one kind, and what the first of them said, as it was. */
interface Kind extends Omit<UnmappedRecord, 'example'> {
  count: number;
  readonly text: string;
}

/** Keeps an example of every kind of answer that nothing was declared for. */
export class UnmappedAnswers {
  readonly #templates: Pick<TemplateSpec, 'secrets' | 'feeders'>;
  readonly #sessions: Pick<Sessions, 'secretsIn'>;
  readonly #byKind = new Map<string, Kind>();

  constructor(
    templates: Pick<TemplateSpec, 'secrets' | 'feeders'>,
    sessions: Pick<Sessions, 'secretsIn'>,
  ) {
    this.#templates = templates;
    this.#sessions = sessions;
  }

  /** @param what what is wrong with it, where that is not that no rule fits */
  note(operation: Operation, answer: Answer, what = ''): void {
    const kind = `${operation} ${answer.status} ${what}`;
    const known = this.#byKind.get(kind);
    if (known !== undefined) known.count += 1;
    else if (this.#byKind.size < kindsMax) {
      const { status } = answer;
      const text = what === '' ? exampleOf(answer) : `${what}: ${exampleOf(answer)}`;
      this.#byKind.set(kind, { operation, status, count: 1, text });
    }
  }

  all(): readonly UnmappedRecord[] {
    return Array.from(this.#byKind.values(), (entry) => {
      const { text } = entry;
      // Nobody waits for it now: while the sale runs, thousands of sessions would be looked for in vain.
      const secrets = new Secrets(this.#templates.secrets);
      secrets.learn(feederSecretsIn(text, this.#templates.feeders));
      secrets.learn(this.#sessions.secretsIn(text));
      const { operation, status, count } = entry;
      return { operation, status, count, example: shortened(withoutSecrets(secrets.text(text))) };
    });
  }
}

/** Values of columns that are called like a secret. */
function* feederSecretsIn(text: string, feeders: Feeders): Generator<string> {
  for (const { columns, rows } of Object.values(feeders)) {
    for (const [index, column] of columns.entries()) {
      if (!isSecretName(column)) continue;
      for (const { [index]: value = '' } of rows) {
        if (value !== '' && text.includes(value)) yield value;
      }
    }
  }
}

function exampleOf(answer: Answer): string {
  const type = answer.response.header('content-type')?.split(';')[0] ?? '';
  const location = answer.response.header('location');
  const body = answer.text.slice(0, 4_096).replaceAll(/\s+/g, ' ').trim();
  const parts = [
    type,
    location === undefined ? '' : `to ${location.replace(/[?#].*/s, '')}`,
    body === '' ? 'without a body' : body,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** Without members that hold secrets by their names, and anything that looks like a token. */
function withoutSecrets(text: string): string {
  return text
    .replaceAll(
      /("[^"]{0,40}(?:token|secret|passw|session|jwt|auth|key|cookie)[^"]{0,40}"\s*:\s*)"[^"]*"?/gi,
      '$1"…"',
    )
    .replaceAll(/[\w.+/=-]{20,}/g, (run) => (/\d/.test(run) && /[a-z]/i.test(run) ? '…' : run));
}

function shortened(text: string): string {
  return text.length > exampleCharactersMax ? `${text.slice(0, exampleCharactersMax - 1)}…` : text;
}
