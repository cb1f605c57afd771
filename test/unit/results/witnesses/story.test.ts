import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../../src/audit/audit.ts';
import type { Evidence } from '../../../../src/audit/evidence.ts';
import { nsPerMs } from '../../../../src/core/clock.ts';
import { formatMs, mermaidOf } from '../../../../src/results/witnesses/mermaid.ts';
import { type Story, storiesOf } from '../../../../src/results/witnesses/story.ts';
import { cleanSale, HistoryBuilder } from '../../../helpers/history-builder.ts';
import { ours } from '../../../helpers/invariant-cases.ts';

function storyOf(evidence: Evidence, invariant: string): Story {
  const story = storiesOf(auditRun(evidence), evidence).find(
    (candidate) => candidate.invariant === invariant,
  );
  if (story === undefined) throw new Error(`${invariant} has no story`);
  return story;
}

/** One unit that two buyers read at the same time: both are served. */
function race(): HistoryBuilder {
  return new HistoryBuilder({ stock: 1 })
    .sold(0, { sentNs: 1 * nsPerMs, doneNs: 9 * nsPerMs, remaining: 0 })
    .sold(1, { sentNs: 2 * nsPerMs, doneNs: 8 * nsPerMs, remaining: 0 })
    .soldOut(2, { sentNs: 12 * nsPerMs })
    .remaining(0, 0)
    .ledgerEntry({ key: ours(0), stockAfter: 0 })
    .ledgerEntry({ key: ours(1), stockAfter: 0 });
}

describe('storiesOf', () => {
  it('tells none where nothing is violated', () => {
    const evidence = cleanSale().evidence();
    expect(storiesOf(auditRun(evidence), evidence)).toEqual([]);
  });

  it('tells an oversell with both buyers of the unit, by time, and what the store held', () => {
    const story = storyOf(race().evidence(), 'oversell');
    expect(story.figure).toBe('1 units');
    expect(story.attempts).toEqual([0, 1]);
    expect(story.steps.map(({ kind, atMs, actor, text }) => [kind, atMs, actor, text])).toEqual([
      ['request', 1, 'u0-d0', `order 1 × p0 key ${ours(0)}`],
      ['request', 2, 'u1-d0', `order 1 × p0 key ${ours(1)}`],
      ['answer', 8, 'u1-d0', '201 ok, order o1, 0 left'],
      ['answer', 9, 'u0-d0', '201 ok, order o0, 0 left'],
      ['store', null, 'store', expect.stringMatching(/takes 1, p0 is 0 afterwards$/)],
      ['store', null, 'store', expect.stringMatching(/takes 1, p0 is 0 afterwards$/)],
    ]);
    expect(story.store.at(-1)).toBe('p0: 1 at the start, 0 left, 2 in confirmed orders');
  });

  it('tells every movement of the ledger once', () => {
    const { steps } = storyOf(race().evidence(), 'lostUpdate');
    const movements = steps.filter(({ kind }) => kind === 'store').map(({ text }) => text);
    expect(movements).toHaveLength(2);
    expect(new Set(movements).size).toBe(2);
  });

  it('tells what is not there', () => {
    const evidence = cleanSale({ stock: 3 }).acknowledged(4, { orderId: 'gone' }).evidence();
    const story = storyOf(evidence, 'lostOrder');
    expect(story.store).toContain(`no row under key ${ours(4)}`);
    expect(story.steps.map(({ text }) => text)).toContain('201 ok, order gone');
  });

  it('tells of silence and of what was never sent', () => {
    const evidence = new HistoryBuilder({ stock: 1 })
      .sold(0)
      .timedOut(1)
      .committed(1)
      .soldOut(2)
      .evidence();
    const texts = storyOf(evidence, 'oversell').steps.map(({ kind, text }) => `${kind} ${text}`);
    expect(texts.join('\n')).toMatch(/silence no answer \(timeout\)|request order 1 × p0/);
  });
});

describe('mermaidOf', () => {
  it('draws devices, server and store', () => {
    const lines = mermaidOf(storyOf(race().evidence(), 'oversell')).split('\n');
    expect(lines[0]).toBe('sequenceDiagram');
    expect(lines).toContain('  actor D1 as u0-d0');
    expect(lines).toContain(`  D1->>S: +1.0 ms order 1 × p0 key ${ours(0)}`);
    expect(lines).toContain('  S-->>D2: +8.0 ms 201 ok, order o1, 0 left');
    expect(lines).toContain('  Note over T: p0: 1 at the start, 0 left, 2 in confirmed orders');
  });

  it('keeps a server’s text from becoming syntax or markup', () => {
    const hostile = 'x\n  S->>T: forged; <img onerror="a">%%{init}%% #35;';
    const story: Story = {
      id: 'I1',
      invariant: 'oversell',
      title: '',
      figure: '1 units',
      summary: hostile,
      steps: [{ kind: 'answer', atMs: -4, actor: hostile, text: hostile }],
      store: [hostile],
      attempts: [],
    };
    const text = mermaidOf(story);
    expect(text).not.toMatch(/<|"|\{|forged;/);
    expect(text.split('\n').filter((line) => line.includes('forged'))).toHaveLength(4);
    expect(text).not.toMatch(/^ {2}S->>T/m);
  });

  it('tells times from the opening', () => {
    expect([-4, 0, 12.34, 1234.4].map(formatMs)).toEqual([
      '−4.0 ms',
      '+0.0 ms',
      '+12.3 ms',
      '+1.234 s',
    ]);
  });
});
