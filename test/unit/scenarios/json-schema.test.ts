import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { arrivalProcesses } from '../../../src/policies/arrivals/registry.ts';
import { workloadModels } from '../../../src/policies/models/registry.ts';
import { popularities } from '../../../src/policies/popularity/registry.ts';
import { keysAt, scenarioJsonSchema, schemasAt } from '../../../src/scenarios/json-schema.ts';
import { stockStrategyNames, thresholdNames } from '../../../src/scenarios/names.ts';

const root = new URL('../../../', import.meta.url);

describe('the JSON Schema', () => {
  it('is what scenario.schema.json holds: after a change, run `node scripts/schema.js`', async () => {
    const shipped = await readFile(new URL('scenario.schema.json', root), 'utf8');
    expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });

  it('is draft 7, which editors read', () => {
    expect(scenarioJsonSchema()).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      additionalProperties: false,
    });
  });

  it('offers the names of the registries', () => {
    const [stock] = schemasAt(['target', 'reference', 'stock', 'strategy'], {});
    expect(stock?.enum).toEqual(stockStrategyNames);
    expect(keysAt(['thresholds'], {})).toEqual(thresholdNames);
    const shapes = schemasAt(['workload', 'arrivals', 0, 'type'], {});
    expect(shapes.map((shape) => shape.const)).toEqual(Object.keys(arrivalProcesses));
    const [model] = schemasAt(['workload', 'model'], {});
    expect(model?.enum).toEqual(Object.keys(workloadModels));
    const laws = schemasAt(['workload', 'popularity'], {}).flatMap((law) => [
      ...(law.const === undefined ? [] : [law.const]),
      ...Object.keys(law.properties ?? {}),
    ]);
    expect(laws).toEqual(Object.keys(popularities));
  });

  it('asks for units where the file has them', () => {
    const [timeout] = schemasAt(['client', 'timeout'], {});
    const pattern = new RegExp(timeout?.pattern ?? 'none');
    expect(['250ms', '1.5m', '.5s'].every((text) => pattern.test(text))).toBe(true);
    expect(['250', '5 seconds', '-1s'].some((text) => pattern.test(text))).toBe(false);
  });
});
