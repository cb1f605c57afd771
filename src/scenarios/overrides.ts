import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  Scalar,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import { FlashsimError, type Problem } from '../core/errors.ts';
import { formatPath, keyText, type Path, type SourceDocument } from './document.ts';

interface Override {
  readonly path: Path;
  readonly value: string;
  /** As given on the command line. */
  readonly text: string;
}

const segment = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[?"([^"]*)"\]?/y;

/** `sale.products[0].stock=10` → path and value. Throws USAGE when it is no override. */
function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const path = equals <= 0 ? undefined : parsePath(text.slice(0, equals).trim());
  if (path === undefined) {
    throw new FlashsimError('USAGE', {
      what: `--set ${shorten(text)} is not of the form path=value.`,
      fix: 'Write, for example, --set sale.products[0].stock=10 (quoted, where your shell expands brackets).',
    });
  }
  return { path, value: text.slice(equals + 1), text: shorten(text.slice(0, equals)) };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function parsePath(text: string): Path | undefined {
  // Names of metrics hold dots: everything behind `thresholds.` is one key.
  const metric = /^thresholds\.([\w.]+)$/.exec(text)?.[1];
  if (metric !== undefined) return ['thresholds', metric];
  const path: (string | number)[] = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < text.length) {
    const match = segment.exec(text);
    if (match === null) return undefined;
    const [, key, index, quoted] = match;
    path.push(index === undefined ? (key ?? quoted ?? '') : Number(index));
  }
  return path.length === 0 ? undefined : path;
}

/**
 * Applies `path=value` overrides in order, in place. Missing maps are made; whether a key may stand
 * where it was put is left to validation, which says that it came from `--set`.
 *
 * @returns what could not be put anywhere
 */
export function applyOverrides(
  source: SourceDocument,
  overrides: readonly string[],
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const override of overrides.map(parseOverride)) {
    const problem = applyOverride(source, override);
    if (problem !== undefined) problems.push({ ...problem, path: formatPath(override.path) });
  }
  return problems;
}

function applyOverride(source: SourceDocument, override: Override): Problem | undefined {
  const { path } = override;
  const mark = (node: Node): Node => {
    visit(node, (_key, part) => {
      source.origins.set(part, { kind: 'set', text: `--set ${override.text}` });
    });
    return node;
  };
  let parent: unknown = source.document.contents;
  for (const [depth, part] of path.entries()) {
    const problem = cannotHold(parent, part, path.slice(0, depth), override);
    if (problem !== undefined) return problem;
    if (depth === path.length - 1) {
      put(parent, part, mark(valueNode(override.value)));
      return undefined;
    }
    let next = child(parent, part);
    if (isAlias(next)) {
      // The value is changed here only, not wherever else the anchor is used.
      const resolved = next.resolve(source.document)?.clone();
      next = resolved;
      if (resolved !== undefined) put(parent, part, resolved as Node);
    }
    if (next === undefined || (isScalar(next) && next.value === null)) {
      next = mark(typeof path[depth + 1] === 'number' ? new YAMLSeq() : new YAMLMap());
      put(parent, part, next as Node);
    }
    parent = next;
  }
  return undefined;
}

function cannotHold(
  parent: unknown,
  part: string | number,
  path: Path,
  override: Override,
): Problem | undefined {
  const given = `--set ${override.text}`;
  const place = path.length === 0 ? 'the scenario' : formatPath(path);
  if (isSeq(parent)) {
    if (typeof part !== 'number') {
      const index = formatPath([...path, 0]);
      return { what: `${given}: ${place} is a list`, fix: `write an index, such as ${index}` };
    }
    if (part <= parent.items.length) return undefined;
    const count = parent.items.length === 1 ? '1 entry' : `${parent.items.length} entries`;
    return {
      what: `${given}: ${place} has ${count}`,
      fix: `write an index from 0 to ${parent.items.length}; ${parent.items.length} adds an entry`,
    };
  }
  if (isMap(parent)) {
    if (typeof part === 'string') return undefined;
    return { what: `${given}: ${place} is no list`, fix: 'write a key instead of an index' };
  }
  return {
    what: `${given}: ${place} is a single value and holds no keys`,
    fix: `write ${place === 'the scenario' ? 'path=value' : `${place}=value`}`,
  };
}

function child(parent: unknown, part: string | number): unknown {
  if (isSeq(parent)) return parent.items[Number(part)];
  if (!isMap(parent)) return undefined;
  return parent.items.find(({ key }) => keyText(key) === String(part))?.value ?? undefined;
}

function put(parent: unknown, part: string | number, value: Node): void {
  if (isSeq(parent)) {
    parent.items[Number(part)] = value;
  } else if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => keyText(key) === String(part));
    if (pair === undefined) parent.add({ key: new Scalar(part), value });
    else pair.value = value;
  }
}

/** A YAML scalar or flow collection; whatever else stands there is text (`< 800ms`, `> 5`, `a # b`). */
function valueNode(text: string): Node {
  const document = parseDocument(text, { prettyErrors: false });
  const { contents } = document;
  const isPlainText =
    document.errors.length > 0 ||
    document.warnings.length > 0 ||
    contents === null ||
    document.comment !== null ||
    contents.comment !== undefined ||
    (isCollection(contents) && contents.flow !== true) ||
    isAlias(contents);
  if (isPlainText) return new Scalar(text);
  visit(contents, (_key, part) => {
    if (typeof part === 'object' && part !== null && 'range' in part) delete part.range;
  });
  return contents;
}
