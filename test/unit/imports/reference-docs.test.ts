import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contractFileSchema } from '../../../src/imports/contract-file.ts';
import { mappingSchema } from '../../../src/imports/mapping.ts';
import { fieldNames } from '../../../src/imports/row.ts';

const page = new URL('../../../docs/reference/history-format.md', import.meta.url);

/** First cells of the table below a heading. */
async function listedBelow(heading: string): Promise<readonly string[]> {
  const section = (await readFile(page, 'utf8')).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  return [...(section ?? '').matchAll(/^\| `(\w+)` +\|/gm)].map(([, cell]) => cell ?? '');
}

describe('history-format.md', () => {
  it('lists exactly the fields of a record', async () => {
    expect(await listedBelow('Records')).toEqual(fieldNames);
  });

  it('lists exactly the keys of a contract', async () => {
    expect(await listedBelow('Contract')).toEqual(Object.keys(contractFileSchema.shape));
  });

  it('lists exactly the keys of a mapping', async () => {
    expect(await listedBelow('Mapping')).toEqual(Object.keys(mappingSchema.shape));
  });
});
