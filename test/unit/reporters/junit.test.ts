import { readFileSync } from 'node:fs';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { junitReporter } from '../../../src/reporters/junit.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { fullResult } from './full-result.ts';
import { hostileTexts, plantedWith } from './hostile.ts';
import { passing, undecided, violated } from './result-fixture.ts';

const render = (result: RunResult) => junitReporter.render(result, { colour: false, columns: 80 });

/** The schema that Jenkins took over for JUnit files, which other tools read by as well. */
const schema = XmlDocument.fromString(
  readFileSync(new URL('../../fixtures/junit/jenkins-junit.xsd', import.meta.url), 'utf8'),
);
const validator = XsdValidator.fromDoc(schema);

function parsed(result: RunResult): XmlDocument {
  const document = XmlDocument.fromString(render(result));
  validator.validate(document);
  return document;
}

function attributes(document: XmlDocument, path: string, name: string): string[] {
  return document.find(`${path}/@${name}`).map(({ content }) => content);
}

describe('junitReporter', () => {
  it('looks as in its golden', async () => {
    await expect(render(violated)).toMatchFileSnapshot('../../golden/junit-violated.golden');
  });

  it.each([
    { name: 'pass', result: passing },
    { name: 'violated', result: violated },
    { name: 'unknown', result: undecided },
    { name: 'everything there is', result: fullResult },
    { name: 'interrupted', result: { ...undecided, interrupted: true, problems: ['odd'] } },
  ])('is valid by the schema of Jenkins: $name', ({ result }) => {
    expect(() => parsed(result)).not.toThrow();
  });

  it('would notice a file that is not valid', () => {
    const broken = render(violated)
      .replaceAll('<failure', '<failing')
      .replaceAll('</failure', '</failing');
    expect(() => validator.validate(XmlDocument.fromString(broken))).toThrow();
  });

  it.each(hostileTexts)('is valid whatever a target says: %j', (text) => {
    expect(() => parsed(plantedWith(fullResult, text))).not.toThrow();
  });

  it('makes violated a failure, unknown an error, and what was not judged skipped', () => {
    const document = parsed(violated);
    const counts = ['tests', 'failures', 'errors'].map((name) =>
      Number(attributes(document, '/testsuites', name)[0]),
    );
    const found = ['testcase', 'failure', 'error'].map((name) => document.find(`//${name}`).length);
    expect(found).toEqual(counts);
    expect(document.find('//failure/..').map((node) => node.get('@name')?.content)).toEqual([
      'oversell: Units sold beyond the stock',
      'order.p99: limit < 400ms',
    ]);
    expect(document.find('//skipped')).toHaveLength(1);
  });

  it('has no failure and no error exactly when the run passed', () => {
    for (const result of [passing, violated, undecided]) {
      const bad = parsed(result).find('//failure | //error').length;
      expect(bad === 0).toBe(result.verdict === 'pass');
    }
  });

  it('says unknown when no gate shows why', () => {
    const result = { ...passing, verdict: 'unknown' as const, problems: ['clocks disagree'] };
    const [error] = parsed(result).find('//error');
    expect(error?.content).toContain('clocks disagree');
  });

  it('tells the story of a violation and how to replay it', () => {
    const [failure] = parsed(violated).find('//failure');
    expect(failure?.content).toContain('+412 ms u17-d0: 201 ok, order 8f14e45f, 12 left');
    expect(failure?.content).toContain(`replay: ${violated.replay}`);
  });
});
