import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { FlashsimError, messageOf, type Problem, type SourceLocation } from '../core/errors.ts';
import { Secrets } from '../core/secrets.ts';

/** A way to a value: map keys and list indexes. */
export type Path = readonly (string | number)[];

/** A scenario as parsed YAML that still knows where everything was written. */
export interface SourceDocument {
  readonly file: string;
  readonly document: Document;
  readonly lineCounter: LineCounter;
  /** Values that do not stand in the file as they are, and where they came from. */
  readonly origins: Map<unknown, Origin>;
  /** Values that no message shows. */
  readonly secrets: Secrets;
}

/** `set`: given by `--set`; `env`: expanded from the environment (never shown, it may be a secret). */
export interface Origin {
  readonly kind: 'set' | 'env';
  /** The override, or the text before expansion. */
  readonly text: string;
}

/** Longer files are no scenarios. */
export const scenarioBytesMax = 1024 * 1024;

/** Aliases may stand for a handful of repeated values, not for an exponential blow-up. */
const aliasCountMax = 100;
const syntaxProblemsMax = 20;

/** `sale.products[0].stock`; names with dots are quoted: `thresholds["order.p99"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[\w$-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Parses YAML (JSON is YAML). Throws SCENARIO_INVALID with every syntax error and its place. */
export function parseSource(text: string, file: string): SourceDocument {
  const lineCounter = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: 'error',
    });
  } catch (error) {
    // The parser recurses: a file that is nothing but nesting exhausts the stack.
    throw invalid(file, [{ what: `not readable as YAML: ${messageOf(error)}`, fix: 'nest less' }]);
  }
  const source: SourceDocument = {
    file,
    document,
    lineCounter,
    origins: new Map(),
    secrets: new Secrets(),
  };
  const errors = tellingErrors([...document.errors, ...document.warnings]);
  if (errors.length > 0) {
    throw invalid(
      file,
      errors.map((error) => syntaxProblem(source, error, text)),
    );
  }
  if (document.contents === null) {
    throw invalid(file, [
      {
        location: { file, line: 1, column: 1 },
        what: 'the file is empty',
        fix: 'start from a template: `flashsim init --out <file>`',
      },
    ]);
  }
  return source;
}

/** Only the first break of the syntax counts: the parser's view of what follows it is guesswork. */
function tellingErrors(errors: readonly YAMLError[]): readonly YAMLError[] {
  const selfContained = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);
  const first = errors.findIndex(({ code }) => !selfContained.has(code));
  return errors.slice(0, first < 0 ? syntaxProblemsMax : Math.min(first + 1, syntaxProblemsMax));
}

/** The document as plain values. Throws SCENARIO_INVALID on an alias bomb. */
export function plainValues(source: SourceDocument): unknown {
  try {
    return source.document.toJS({ maxAliasCount: aliasCountMax });
  } catch (error) {
    const bomb = messageOf(error).includes('alias count');
    const what = bomb
      ? 'the aliases (*name) multiply into too many values'
      : `the aliases cannot be resolved: ${messageOf(error)}`;
    throw invalid(source.file, [
      { location: firstAlias(source), what, fix: 'write the values out instead of using aliases' },
    ]);
  }
}

/** Where `path` was written: its key, or its value. What does not exist is placed at its parent. */
export function locate(
  source: SourceDocument,
  path: Path,
  at: 'key' | 'value',
): { readonly location?: SourceLocation; readonly origin?: Origin } {
  let current: Node | undefined = source.document.contents ?? undefined;
  let key: Node | undefined;
  let origin = source.origins.get(current);
  let place = current;
  for (const [index, part] of path.entries()) {
    const step = current === undefined ? undefined : stepInto(source, current, part);
    if (step === undefined) break;
    ({ key } = step);
    current = step.value;
    origin = source.origins.get(current) ?? (origin?.kind === 'set' ? origin : undefined);
    const isLast = index === path.length - 1;
    place = isLast && at === 'value' && !isEmpty(current) ? current : (key ?? current);
  }
  if (origin?.kind === 'set') return { origin };
  const location = place?.range ? position(source, place.range[0]) : undefined;
  return { ...(location && { location }), ...(origin && { origin }) };
}

function stepInto(
  source: SourceDocument,
  parent: Node,
  part: string | number,
): { key: Node | undefined; value: Node | undefined } | undefined {
  const node = isAlias(parent) ? parent.resolve(source.document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return isNode(item) ? { key: undefined, value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => keyText(key) === String(part));
  if (pair === undefined) return undefined;
  return {
    key: isNode(pair.key) ? pair.key : undefined,
    value: isNode(pair.value) ? pair.value : undefined,
  };
}

/** A map key as `toJS` writes it. */
export function keyText(key: unknown): string {
  return String(isScalar(key) ? (key.value ?? '') : key);
}

function isEmpty(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.value === null);
}

/** Line and column of an offset. */
export function position(source: SourceDocument, offset: number): SourceLocation {
  const { line, col } = source.lineCounter.linePos(offset);
  return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) };
}

function firstAlias(source: SourceDocument): SourceLocation {
  const text = source.document.contents;
  let found: number | undefined;
  const look = (node: unknown): void => {
    if (found !== undefined) return;
    if (isAlias(node)) found = node.range?.[0];
    else if (isSeq(node)) node.items.forEach(look);
    else if (isMap(node)) for (const pair of node.items) look(pair.value);
  };
  look(text);
  return position(source, found ?? 0);
}

function syntaxProblem(source: SourceDocument, error: YAMLError, text: string): Problem {
  const [start, end] = error.pos;
  const location = position(source, start);
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]+/.exec(text.slice(start, start + 60))?.[0] ?? '';
    return { location, what: `the key "${key}" stands here twice`, fix: 'keep one of the two' };
  }
  const tag = text.slice(start, Math.min(end, start + 40));
  const said: Partial<Record<string, readonly [string, string]>> = {
    MULTIPLE_DOCS: ['the file holds more than one YAML document', 'keep one: `---` starts another'],
    TAB_AS_INDENT: ['a tab is used to indent', 'indent with spaces'],
    RESOURCE_EXHAUSTION: ['this is nested too deeply', 'nest less: ten levels are enough'],
    TAG_RESOLVE_FAILED: [`the YAML tag ${tag} is not known`, 'remove it: scenarios need no tags'],
  };
  const [what, fix] = said[error.code] ?? [
    `not valid YAML: ${error.message}`,
    lineAround(text, start).includes('${')
      ? 'put "${…}" in double quotes inside { } and [ ]'
      : 'correct the YAML here or just above',
  ];
  return { location, what, fix };
}

function lineAround(text: string, offset: number): string {
  const from = text.lastIndexOf('\n', offset - 1) + 1;
  const to = text.indexOf('\n', offset);
  return text.slice(from, to < 0 ? undefined : to);
}

/** SCENARIO_INVALID over all problems found, in the order of the file. */
export function invalid(file: string, problems: readonly Problem[]): FlashsimError {
  const place = (problem: Problem): number =>
    problem.location === undefined
      ? Number.POSITIVE_INFINITY
      : problem.location.line * 1e6 + problem.location.column;
  const sorted = [...problems].sort((a, b) => {
    const [first, second] = [place(a), place(b)];
    return first === second ? 0 : first - second;
  });
  const count = sorted.length === 1 ? 'a mistake' : `${sorted.length} mistakes`;
  return new FlashsimError('SCENARIO_INVALID', {
    what: `${file} has ${count}.`,
    fix: `Correct ${sorted.length === 1 ? 'it' : 'them'}; \`flashsim list\` shows the names that can be used.`,
    problems: sorted,
  });
}
