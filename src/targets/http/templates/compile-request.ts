import { assert } from '../../../core/assert.ts';
import { type Placeholder, parseTemplate, type TemplatePiece } from '../../../core/templates.ts';
import type { HttpRequest } from '../options.ts';
import type { Getter } from './placeholders.ts';

/** What a request is compiled with. */
export interface CompileOptions<Values> {
  /** ` HTTP/1.1` and the Host header follow the path: host and port as they stand there. */
  readonly host: string;
  readonly basePath: string;
  /** Headers of all requests; the request's own come instead of these. */
  readonly headers: Readonly<Record<string, string>>;
  readonly getterOf: (placeholder: Placeholder) => Getter<Values>;
  /** A `Cookie` header's value, empty for none; left out, none is ever sent. */
  readonly cookie?: (values: Values) => string;
}

/** A request as bytes, ready to be written. */
export type CompiledRequest<Values> = (values: Values) => Buffer;

/** A text that is made of fixed pieces with values in between. */
type Writer<Values> = (values: Values) => string;

/**
 * Compiles a request once, so that only its values are put in when it is sent: this runs for every
 * request of the load. Throws on templates that the scenario's schema refuses.
 */
export function compileRequest<Values>(
  request: HttpRequest,
  options: CompileOptions<Values>,
): CompiledRequest<Values> {
  const { getterOf, cookie } = options;
  const body = bodyWriter(request, getterOf);
  const headers = headersOf(request, options.headers, body?.contentType);
  const sendsCookies = cookie !== undefined && !headers.has('cookie');
  const head = concatenated([
    [`${request.method} ${options.basePath}`],
    compilePieces(piecesOf(request.path), getterOf, inPath),
    [` HTTP/1.1\r\nHost: ${options.host}\r\n`],
    ...[...headers.values()].flatMap(([name, value]) => [
      [`${name}: `],
      compilePieces(piecesOf(value), getterOf, inHeader),
      ['\r\n'],
    ]),
  ]);
  return (values) => {
    let text = head(values);
    if (sendsCookies) {
      const cookies = cookie(values);
      if (cookies !== '') text += `Cookie: ${cookies}\r\n`;
    }
    if (body === undefined) return Buffer.from(`${text}\r\n`);
    const content = body.write(values);
    return Buffer.from(`${text}Content-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`);
  };
}

/** The parts of a request, for a client that puts them together itself. */
export interface RequestParts<Values> {
  readonly path: Writer<Values>;
  readonly headers: readonly (readonly [name: string, value: Writer<Values>])[];
  readonly body: Writer<Values> | undefined;
}

/** Compiles a request into its parts. */
export function requestParts<Values>(
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
  getterOf: (placeholder: Placeholder) => Getter<Values>,
): RequestParts<Values> {
  const body = bodyWriter(request, getterOf);
  const named = [...headersOf(request, headers, body?.contentType).values()];
  return {
    path: concatenated([compilePieces(piecesOf(request.path), getterOf, inPath)]),
    headers: named.map(([name, value]) => [
      name,
      concatenated([compilePieces(piecesOf(value), getterOf, inHeader)]),
    ]),
    body: body?.write,
  };
}

/** Compiles a text whose values go in as they are. */
export function compileText<Values>(
  text: string,
  getterOf: (placeholder: Placeholder) => Getter<Values>,
): Writer<Values> {
  return concatenated([compilePieces(piecesOf(text), getterOf, String)]);
}

function piecesOf(text: string): readonly TemplatePiece[] {
  const pieces = parseTemplate(text);
  assert(!('mistake' in pieces), 'templates of a valid scenario can be read');
  return pieces;
}

type Piece<Values> = string | Writer<Values>;

function compilePieces<Values>(
  pieces: readonly TemplatePiece[],
  getterOf: (placeholder: Placeholder) => Getter<Values>,
  encode: (value: string | number) => string,
): Piece<Values>[] {
  return pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    const get = getterOf(piece);
    return (values) => encode(get(values));
  });
}

/** Fixed pieces that stand together become one. */
function concatenated<Values>(lists: readonly (readonly Piece<Values>[])[]): Writer<Values> {
  const fixed: string[] = [''];
  const writers: Writer<Values>[] = [];
  for (const piece of lists.flat()) {
    if (typeof piece === 'string') fixed.push((fixed.pop() ?? '') + piece);
    else {
      writers.push(piece);
      fixed.push('');
    }
  }
  const [first = '', ...rest] = fixed;
  return (values) => {
    let text = first;
    for (let index = 0; index < writers.length; index += 1) {
      text += (writers[index]?.(values) ?? '') + (rest[index] ?? '');
    }
    return text;
  };
}

function inPath(value: string | number): string {
  return encodeURIComponent(value);
}

/** Captures and feeders hold no control characters; this is the last line of defence. */
function inHeader(value: string | number): string {
  const text = String(value);
  assert(!/[\r\n\0]/.test(text), 'a value of a header ends no line');
  return text;
}

function inForm(value: string | number): string {
  return new URLSearchParams([['', String(value)]]).toString().slice(1);
}

/** By lower-case name, each with its name as written. */
function headersOf(
  request: HttpRequest,
  common: Readonly<Record<string, string>>,
  contentType: string | undefined,
): ReadonlyMap<string, readonly [name: string, value: string]> {
  const given = contentType === undefined ? {} : { 'Content-Type': contentType };
  const headers = new Map<string, readonly [string, string]>();
  for (const [name, value] of [given, common, request.headers ?? {}].flatMap(
    Object.entries<string>,
  )) {
    headers.set(name.toLowerCase(), [name, value]);
  }
  return headers;
}

interface BodyWriter<Values> {
  readonly contentType: string;
  readonly write: Writer<Values>;
}

function bodyWriter<Values>(
  { json, form, body }: HttpRequest,
  getterOf: (placeholder: Placeholder) => Getter<Values>,
): BodyWriter<Values> | undefined {
  if (json !== undefined) {
    const write = concatenated([compileJson(json, getterOf)]);
    return { contentType: 'application/json', write };
  }
  if (form !== undefined) {
    const fields = Object.entries(form).map(([name, value], index) => [
      `${index === 0 ? '' : '&'}${inForm(name)}=`,
      ...compilePieces(fixedEncoded(piecesOf(value)), getterOf, inForm),
    ]);
    return { contentType: 'application/x-www-form-urlencoded', write: concatenated(fields) };
  }
  return body === undefined
    ? undefined
    : { contentType: 'text/plain; charset=utf-8', write: compileText(body, getterOf) };
}

function fixedEncoded(pieces: readonly TemplatePiece[]): readonly TemplatePiece[] {
  return pieces.map((piece) => (typeof piece === 'string' ? inForm(piece) : piece));
}

/** A text that is one placeholder of a number, or says `| number`, becomes a number. */
function compileJson<Values>(
  value: unknown,
  getterOf: (placeholder: Placeholder) => Getter<Values>,
): Piece<Values>[] {
  if (typeof value === 'string') return compileJsonText(value, getterOf);
  if (Array.isArray(value)) {
    const members = value.map((member: unknown) => compileJson(member, getterOf));
    return ['[', ...joined(members), ']'];
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => [
      `${JSON.stringify(name)}:`,
      ...compileJson(member, getterOf),
    ]);
    return ['{', ...joined(members), '}'];
  }
  return [JSON.stringify(value)];
}

function joined<Values>(lists: readonly Piece<Values>[][]): Piece<Values>[] {
  return lists.flatMap((list, index) => (index === 0 ? list : [',', ...list]));
}

function compileJsonText<Values>(
  text: string,
  getterOf: (placeholder: Placeholder) => Getter<Values>,
): Piece<Values>[] {
  const pieces = piecesOf(text);
  const [only] = pieces;
  if (pieces.length === 1 && typeof only === 'object') {
    const get = getterOf(only);
    const { isNumber } = only;
    return [
      (values) => {
        const value = get(values);
        return JSON.stringify(isNumber ? asNumber(value) : value);
      },
    ];
  }
  const inText = (value: string | number): string => JSON.stringify(String(value)).slice(1, -1);
  const fixed = pieces.map((piece) => (typeof piece === 'string' ? inText(piece) : piece));
  return ['"', ...compilePieces(fixed, getterOf, inText), '"'];
}

/** What is no number stays the text that it is: the server will say what it makes of it. */
function asNumber(value: string | number): string | number {
  const number = Number(value);
  return value === '' || !Number.isFinite(number) ? value : number;
}
