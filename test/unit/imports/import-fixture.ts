import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import type { Contract } from '../../../src/history/contract.ts';
import { type ImportedHistory, importHistory } from '../../../src/imports/import-history.ts';
import { type Mapping, mappingSchema } from '../../../src/imports/mapping.ts';

/** Where the tests of a file write. */
export let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashsim-import-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Two units, one a person. */
export const contract: Contract = { products: [{ id: 'sneaker-42', stock: 2, limitPerUser: 1 }] };
/** A file of test/fixtures/imports. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/imports/${name}`, import.meta.url));

let count = 0;
/** Imports a file of this content. */
export async function imported(
  content: string | Buffer,
  options: { name?: string; mapping?: object; contract?: Contract } = {},
): Promise<ImportedHistory> {
  count += 1;
  const path = join(folder, `${count}-${options.name ?? 'history.ndjson'}`);
  await writeFile(path, content);
  return read(path, options);
}

/** Imports a file. */
export function read(
  path: string,
  options: { mapping?: object; contract?: Contract } = {},
): Promise<ImportedHistory> {
  const mapping: Mapping | undefined =
    options.mapping === undefined ? undefined : mappingSchema.parse(options.mapping);
  return importHistory({ path, format: 'auto', contract: options.contract ?? contract, mapping });
}

/** What an import is refused with. */
export async function errorOf(promise: Promise<unknown>): Promise<FlashsimError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof FlashsimError)) throw new Error(`no FlashsimError: ${String(error)}`);
  expect(error.code).toBe('AUDIT_INPUT_INVALID');
  return error;
}

/** Records, one a line. */
export const ndjson = (...records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A sale, some milliseconds after the opening. */
export const order = (key: string, atMs: number, more: object = {}): object => ({
  key,
  user: `of ${key}`,
  sentMs: 1_795_773_600_000 + atMs,
  doneMs: 1_795_773_600_010.5 + atMs,
  status: 201,
  ...more,
});
