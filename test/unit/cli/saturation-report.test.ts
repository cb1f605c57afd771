import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  doubtOf,
  renderSaturation,
  type SaturationReport,
} from '../../../src/cli/saturation-report.ts';
import { kneeOf } from '../../../src/engine/knee-search.ts';
import type { SaturationStep } from '../../../src/engine/saturate.ts';

function step(connections: number, goodputPerS: number, more: Partial<SaturationStep> = {}) {
  return {
    connections,
    goodputPerS,
    answersPerS: goodputPerS,
    p50Us: 1000 * connections,
    p99Us: 3000 * connections,
    latePerS: 0,
    codes: { ok: 3 * goodputPerS },
    errors: 0,
    cpuShare: 0.3,
    ...more,
  };
}

const calm = [step(1, 500), step(2, 950), step(4, 1000), step(8, 1010)];

function reportOf(steps: readonly SaturationStep[], more: Partial<SaturationReport> = {}) {
  const found = kneeOf(steps, 512);
  return {
    schemaVersion: 1,
    flashsim: '1.2.3',
    target: 'http://localhost:3000',
    request: 'GET /products/1',
    latencyMaxMs: 500,
    stepMs: 3000,
    steps,
    best: found?.best ?? null,
    knee: found?.knee ?? null,
    doubt: doubtOf(found, false),
    notes: [],
    ...more,
  } as const;
}

const plain = { colour: false, columns: 90 };

describe('the report of a saturation', () => {
  it('shows every step, the highest goodput and the knee', () => {
    expect(renderSaturation(reportOf(calm, { notes: ['a note.'] }), plain)).toBe(
      `Saturation of http://localhost:3000
  GET /products/1; goodput is good answers within 500 ms; each step takes 3.00 s

  connections  req/s  goodput/s     p50      p99  late/s  errors  load CPU
            1    500        500  1.0 ms   3.0 ms       0       0      30 %
            2    950        950  2.0 ms   6.0 ms       0       0      30 %
            4  1,000      1,000  4.0 ms  12.0 ms       0       0      30 %  knee
            8  1,010      1,010  8.0 ms  24.0 ms       0       0      30 %  highest

  Highest  1,010 good answers a second, with 8 connections
  Knee     4 connections: 1,000 a second, p50 4.0 ms, p99 12.0 ms; more connections only
           wait longer
  note: a note.
`,
    );
  });

  it('keeps to the width of the terminal, colours or not', () => {
    const strip = (text: string) => stripVTControlCharacters(text);
    const coloured = renderSaturation(reportOf(calm), { colour: true, columns: 90 });
    expect(coloured).toContain('\u001b[');
    expect(strip(coloured)).toBe(renderSaturation(reportOf(calm), plain));
  });

  it.each<[string, readonly SaturationStep[], boolean, string | null]>([
    ['the server was the limit', calm, false, null],
    ['it was interrupted', calm, true, 'interrupted'],
    ['nothing good was answered', [step(1, 0), step(2, 0)], false, 'nothing-good'],
    ['it still grew at the most connections', [step(1, 1), step(512, 9)], false, 'still-growing'],
    [
      'the load took up its core',
      [step(1, 500), step(2, 950, { cpuShare: 0.95 })],
      false,
      'generator',
    ],
  ])('says when %s', (_, steps, interrupted, doubt) => {
    expect(doubtOf(kneeOf(steps, 512), interrupted)).toBe(doubt);
    const text = renderSaturation(
      reportOf(steps, { doubt: doubtOf(kneeOf(steps, 512), interrupted) }),
      plain,
    );
    expect(text.includes('Doubt')).toBe(doubt !== null);
    expect(text.includes('at least')).toBe(doubt !== null && doubt !== 'nothing-good');
  });

  it('tells what was answered instead, and prints nothing that a server made up', () => {
    const steps = [step(1, 0, { codes: { 'sold-out': 900, '\u001b[31mevil': 5 }, errors: 3 })];
    const text = renderSaturation(reportOf(steps), plain);
    expect(text).toContain('Answers: 900 sold-out, 5 ');
    expect(text).toContain('3 errors');
    expect(text).not.toContain('\u001b');
  });
});
