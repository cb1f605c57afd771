import { resolve } from 'node:path';
import {
  FlashsimError,
  messageOf,
  type Problem,
  type SourceLocation,
  systemCodeOf,
} from '../../core/errors.ts';
import { percentDecoded } from '../../core/percent-encoding.ts';
import {
  locate,
  parseSource,
  plainValues,
  position,
  type SourceDocument,
} from '../../scenarios/document.ts';
import { readBounded } from '../../scenarios/read-bounded.ts';

const fileBytesMax = 8 * 1024 * 1024;
/** A reference to a reference to a reference …: further than this it goes in a circle. */
const referencesMax = 20;

/** Anything that stands in the file. */
export type Node = Readonly<Record<string, unknown>>;

/** The member of a map, as a map; empty where it is none. */
export function mapAt(value: unknown, key: string): Node {
  const member = isNode(value) ? value[key] : undefined;
  return isNode(member) ? member : {};
}

/** Whether a value is a map. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of a map, as text; empty where it is none. */
export function textAt(value: Node, key: string): string {
  const member = value[key];
  return typeof member === 'string' ? member : '';
}

/** An OpenAPI file: its values, and what its references within the file lead to. */
export class OpenApi {
  readonly root: Node;
  /** References that lead out of the file: nothing is fetched. */
  readonly remote = new Set<string>();

  constructor(root: Node) {
    this.root = root;
  }

  /** What stands there, or what a `$ref` there leads to; an empty map where that cannot be told. */
  follow(value: unknown): Node {
    let node = isNode(value) ? value : {};
    for (let step = 0; step < referencesMax; step += 1) {
      const reference = node['$ref'];
      if (typeof reference !== 'string') return node;
      node = this.#at(reference);
    }
    return {};
  }

  #at(reference: string): Node {
    if (!reference.startsWith('#/')) {
      this.remote.add(reference);
      return {};
    }
    let node = this.root;
    for (const part of reference.slice(2).split('/')) {
      // RFC 6901: ~1 is a slash, ~0 a tilde.
      const key = percentDecoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
      node = mapAt(node, key);
    }
    return node;
  }
}

/**
 * Reads an OpenAPI 3.0 or 3.1 file, YAML or JSON.
 *
 * @throws FlashsimError OPENAPI_INVALID, with the place of the mistake where there is one
 */
export async function readOpenApi(cwd: string, file: string): Promise<OpenApi> {
  const text = await readText(cwd, file);
  let source: SourceDocument;
  let root: unknown;
  try {
    source = parseSource(text, file);
    root = plainValues(source);
  } catch (error) {
    if (error instanceof FlashsimError) throw invalid(file, error.problems);
    if (!(error instanceof RangeError)) throw error;
    throw invalid(file, [{ what: 'it is nested too deeply', fix: 'nest less' }]);
  }
  const mistake = isNode(root) ? mistakeIn(root) : notOpenApi;
  if (mistake !== undefined) {
    const { key, ...said } = mistake;
    throw invalid(file, [{ ...said, location: placeOf(source, key) }]);
  }
  return new OpenApi(isNode(root) ? root : {});
}

interface Mistake extends Problem {
  readonly key: string;
}

const notOpenApi: Mistake = {
  key: '',
  what: 'it is no OpenAPI file: it has no "openapi"',
  fix: 'name a file that begins with openapi: 3.0.3 or openapi: 3.1.0',
};

function mistakeIn(root: Node): Mistake | undefined {
  if (root['swagger'] !== undefined) {
    const what = 'it is Swagger 2.0, not OpenAPI 3';
    return { key: 'swagger', what, fix: 'convert it, for example with swagger2openapi' };
  }
  if (root['openapi'] === undefined) return notOpenApi;
  const version = JSON.stringify(root['openapi']).replaceAll('"', '');
  if (!/^3\.[01]\b/.test(version)) {
    const what = `OpenAPI ${version.slice(0, 20)} is not known`;
    return { key: 'openapi', what, fix: 'name a file of OpenAPI 3.0 or 3.1' };
  }
  if (!isNode(root['paths']) || Object.keys(root['paths']).length === 0) {
    const key = root['paths'] === undefined ? 'openapi' : 'paths';
    return { key, what: 'it has no paths', fix: 'add the paths of the server' };
  }
  return undefined;
}

/** Where a key of the outermost map stands; the beginning of the file where there is none. */
function placeOf(source: SourceDocument, key: string): SourceLocation {
  const { location } = key === '' ? {} : locate(source, [key], 'key');
  return location ?? position(source, 0);
}

async function readText(cwd: string, file: string): Promise<string> {
  try {
    const bytes = await readBounded(resolve(cwd, file), fileBytesMax);
    if (bytes.length > fileBytesMax) throw new Error('it is larger than 8 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new FlashsimError('OPENAPI_INVALID', {
      what: `The OpenAPI file ${file} cannot be read: ${why}.`,
      fix: 'Name with --from an OpenAPI file that you may read.',
      cause: error,
    });
  }
}

function invalid(file: string, problems: readonly Problem[]): FlashsimError {
  return new FlashsimError('OPENAPI_INVALID', {
    what: `The OpenAPI file ${file} cannot be used.`,
    fix: 'Correct it, or name another one with --from.',
    problems,
  });
}
