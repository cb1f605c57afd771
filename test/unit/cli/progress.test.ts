import { describe, expect, it } from 'vitest';
import type { Output } from '../../../src/cli/environment.ts';
import { createProgress, type ProgressSnapshot } from '../../../src/cli/progress.ts';
import { displayWidth } from '../../../src/reporters/text.ts';

// eslint-disable-next-line no-control-regex -- the sequences are what is under test
const tokens = /\u001b\[(\d*)([A-Za-z])|\n|[^\u001b\n]+/g;

/** A terminal that keeps what was written and shows what a person would see, breaking wide lines. */
class Screen implements Output {
  readonly isTTY: boolean;
  columns: number;
  readonly colour: boolean;
  written = '';
  #rows: string[] = [''];
  #cursor = 0;

  constructor(given: { isTTY?: boolean; columns?: number; colour?: boolean } = {}) {
    this.isTTY = given.isTTY ?? true;
    this.columns = given.columns ?? 80;
    this.colour = given.colour ?? false;
  }

  /** Rows as shown down to the cursor; below it there must be nothing. */
  get rows(): string[] {
    expect(this.#rows.slice(this.#cursor).filter((row) => row !== '')).toEqual([]);
    return this.#rows.slice(0, this.#cursor + 1);
  }

  write(text: string): void {
    this.written += text;
    for (const [token, count, command] of text.matchAll(tokens)) {
      if (command === 'A') this.#cursor -= Number(count);
      else if (command === 'B') this.#cursor += Number(count);
      else if (command === 'K') this.#rows[this.#cursor] = '';
      else if (token === '\n') this.#newRow();
      else if (command === undefined) this.#print(token.replaceAll('\r', ''));
    }
  }

  /** Makes the terminal narrower or wider: it lays lines out anew. */
  resize(columns: number): void {
    this.columns = columns;
    const laidOut = this.#rows.slice(0, this.#cursor).flatMap((row) => this.#broken(row));
    this.#rows = [...laidOut, ''];
    this.#cursor = laidOut.length;
  }

  #newRow(): void {
    this.#cursor += 1;
    if (this.#cursor === this.#rows.length) this.#rows.push('');
  }

  #print(text: string): void {
    const broken = this.#broken((this.#rows[this.#cursor] ?? '') + text);
    for (const [index, row] of broken.entries()) {
      if (index > 0) this.#newRow();
      this.#rows[this.#cursor] = row;
    }
  }

  #broken(line: string): string[] {
    const rows: string[] = [];
    let row = '';
    for (const character of line) {
      if (displayWidth(row + character) > this.columns) {
        rows.push(row);
        row = '';
      }
      row += character;
    }
    rows.push(row);
    return rows;
  }
}

const open: ProgressSnapshot = {
  phase: 'open',
  elapsedMs: 6_200,
  toOpeningMs: -3_200,
  devicesReady: 5_000,
  devices: 5_000,
  sold: 312,
  stock: 500,
  requestsPerS: 4_210.4,
  codes: { ok: 312, limited: 83, 'sold-out': 1_204 },
  inFlight: 812,
  behindMs: 4,
};
const waiting: ProgressSnapshot = {
  ...open,
  phase: 'waiting',
  elapsedMs: 1_000,
  toOpeningMs: 2_100,
  sold: 0,
  codes: {},
};

describe('progress on a terminal', () => {
  it('counts down to the opening', () => {
    const screen = new Screen();
    createProgress({ stream: screen, quiet: false }).update(waiting);
    expect(screen.rows[0]).toContain('opening in 2.1 s');
    expect(screen.rows[0]).toContain('5,000 of 5,000 ready');
  });

  it('shows units sold, requests a second, and refusals by kind, the most frequent first', () => {
    const screen = new Screen();
    createProgress({ stream: screen, quiet: false }).update(open);
    expect(screen.rows[0]).toContain('sale open for 3.2 s');
    expect(screen.rows[0]).toContain('312 of 500 sold');
    expect(screen.rows[1]).toBe('4,210 requests/s, 812 in flight, sold-out 1,204, limited 83');
  });

  it('says while the run goes on that the load generator cannot reach the rate', () => {
    const screen = new Screen();
    const progress = createProgress({ stream: screen, quiet: false });
    progress.update({ ...open, behindMs: 1_260 });
    expect(screen.rows[0]).toContain('sale open for 3.2 s, load generator 1.3 s behind its plan');
    progress.update({ ...open, behindMs: 99 });
    expect(screen.rows[0]).not.toContain('behind');
  });

  it('tells a log at once, and once, when the load generator falls behind', () => {
    const lines: string[] = [];
    const stream = {
      isTTY: false,
      colour: false,
      columns: 80,
      write: (text: string) => lines.push(text),
    };
    const progress = createProgress({ stream, quiet: false });
    for (const behindMs of [0, 40, 240, 400, 20]) {
      progress.update({ ...open, elapsedMs: open.elapsedMs + behindMs, behindMs });
    }
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('load generator 0.2 s behind its plan');
  });

  it('redraws in place: many updates take no more room than one', () => {
    const screen = new Screen();
    const progress = createProgress({ stream: screen, quiet: false });
    screen.write('before\n');
    for (let sold = 0; sold <= 500; sold += 50) progress.update({ ...open, sold });
    expect(screen.rows).toHaveLength(4);
    expect(screen.rows[0]).toBe('before');
    expect(screen.rows[1]).toContain('500 of 500 sold');
  });

  it('leaves nothing behind when it is done, and says nothing afterwards', () => {
    const screen = new Screen();
    const progress = createProgress({ stream: screen, quiet: false });
    screen.write('before\n');
    progress.phase('starting PostgreSQL');
    progress.update(open);
    progress.done();
    progress.update(open);
    progress.phase('late');
    progress.done();
    expect(screen.rows).toEqual(['before', '']);
  });

  it.each([1, 5, 12, 20, 40, 60, 80, 140])('stays within %i columns in every phase', (columns) => {
    const phases = [
      'provision',
      'warm-up',
      'waiting',
      'open',
      'drain',
      'quiesce',
      'audit',
    ] as const;
    for (const phase of phases) {
      for (const toOpeningMs of [undefined, 1_234_567, 0, -5]) {
        const screen = new Screen({ columns });
        const progress = createProgress({ stream: screen, quiet: false });
        progress.phase('starting the embedded PostgreSQL server and preparing its database');
        progress.update({
          ...open,
          phase,
          toOpeningMs,
          codes: { ...open.codes, ['靴'.repeat(40)]: 7 },
        });
        expect(screen.rows.filter((row) => displayWidth(row) > columns)).toEqual([]);
        expect(screen.rows.length).toBeLessThanOrEqual(3);
      }
    }
  });

  it.each([
    { from: 140, to: 40 },
    { from: 40, to: 140 },
    { from: 80, to: 20 },
  ])('leaves no rubbish when the terminal goes from $from to $to columns', ({ from, to }) => {
    const screen = new Screen({ columns: from });
    const progress = createProgress({ stream: screen, quiet: false });
    screen.write('before\n');
    progress.update(open);
    screen.resize(to);
    progress.update(open);
    expect(screen.rows).toHaveLength(4);
    expect(screen.rows[0]).toBe('before');
    progress.done();
    expect(screen.rows).toEqual(['before', '']);
  });

  it('lets no control character of a server’s codes through', () => {
    const screen = new Screen();
    const codes = { '\u001b[2J\u0007\u009b2Jbad\ncode': 3 };
    createProgress({ stream: screen, quiet: false }).update({ ...open, codes });
    expect(screen.written).not.toMatch(/[^\P{Cc}\n]/u);
    expect(screen.rows).toHaveLength(3);
  });

  it('uses colour only where it may', () => {
    for (const colour of [true, false]) {
      const screen = new Screen({ colour });
      createProgress({ stream: screen, quiet: false }).update(open);
      expect(screen.written.includes('\u001b[2m')).toBe(colour);
    }
  });
});

describe('progress into a log', () => {
  it('writes one line a second at most', () => {
    const screen = new Screen({ isTTY: false });
    const progress = createProgress({ stream: screen, quiet: false });
    for (let elapsedMs = 0; elapsedMs < 3_000; elapsedMs += 200) {
      progress.update({ ...open, elapsedMs });
    }
    expect(screen.written.match(/\n/g)).toHaveLength(3);
  });

  it('writes a change of phase at once', () => {
    const screen = new Screen({ isTTY: false });
    const progress = createProgress({ stream: screen, quiet: false });
    progress.update(waiting);
    progress.update({ ...open, elapsedMs: waiting.elapsedMs + 1 });
    progress.phase('writing the results');
    expect(screen.written.split('\n')).toEqual([
      '00:01 opening in 2.1 s; 4,210 requests/s, 812 in flight',
      '00:01 sale open for 3.2 s; 312 of 500 sold; 4,210 requests/s, 812 in flight, sold-out 1,204, limited 83',
      'writing the results',
      '',
    ]);
  });

  it('writes no escape sequence', () => {
    const screen = new Screen({ isTTY: false, colour: true });
    const progress = createProgress({ stream: screen, quiet: false });
    progress.update(open);
    progress.done();
    expect(screen.written).not.toContain('\u001b');
  });
});

describe('quiet progress', () => {
  it.each([true, false])('says nothing (terminal: %s)', (isTTY) => {
    const screen = new Screen({ isTTY });
    const progress = createProgress({ stream: screen, quiet: true });
    progress.phase('x');
    progress.update(open);
    progress.done();
    expect(screen.written).toBe('');
  });
});
