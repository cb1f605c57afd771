import { Chalk, type ChalkInstance } from 'chalk';
import { formatCount, formatDurationMs } from '../core/units.ts';
import { displayWidth, plain, truncate } from '../reporters/text.ts';
import type { Output } from './environment.ts';

/** Where a run stands. */
export interface ProgressSnapshot {
  readonly phase:
    | 'provision'
    | 'warm-up'
    | 'waiting'
    | 'open'
    | 'drain'
    | 'quiesce'
    | 'control'
    | 'audit';
  readonly elapsedMs: number;
  /** Negative after the opening; undefined while it is not known. */
  readonly toOpeningMs: number | undefined;
  readonly devicesReady: number;
  readonly devices: number;
  /** Units by ok answers so far. */
  readonly sold: number;
  readonly stock: number;
  readonly requestsPerS: number;
  /** Order attempts so far by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly inFlight: number;
  /** How far behind its plan the load generator has been in the last second, in milliseconds. */
  readonly behindMs: number;
}

/** Tells on stderr how a run is going. */
export interface Progress {
  /** Something that takes a while begins; told at once. */
  phase(text: string): void;
  update(snapshot: ProgressSnapshot): void;
  /** Takes away what was drawn. Nothing is told afterwards. Safe to call twice. */
  done(): void;
}

/** Where progress is shown, and whether. */
export interface ProgressOptions {
  readonly stream: Output;
  /** Says nothing at all. */
  readonly quiet: boolean;
}

/** Redrawn in place for a person who watches; else a line a second at most; nothing when quiet. */
export function createProgress({ stream, quiet }: ProgressOptions): Progress {
  if (quiet) {
    return { phase: () => undefined, update: () => undefined, done: () => undefined };
  }
  return stream.isTTY ? new LiveProgress(stream) : new PlainProgress(stream);
}

const phaseWords: Readonly<Record<ProgressSnapshot['phase'], string>> = {
  provision: 'starting the target',
  'warm-up': 'warming up',
  waiting: 'waiting for the opening',
  open: 'sale open',
  drain: 'waiting for the last answers',
  quiesce: 'waiting for the store to settle',
  control: 'playing the positive control',
  audit: 'judging',
};

/** Two lines that replace themselves. */
class LiveProgress implements Progress {
  readonly #stream: Output;
  readonly #chalk: ChalkInstance;
  /** Widths of the lines on the screen. */
  #drawn: readonly number[] = [];
  #done = false;

  constructor(stream: Output) {
    this.#stream = stream;
    this.#chalk = new Chalk({ level: stream.colour ? 1 : 0 });
  }

  phase(text: string): void {
    this.#draw([plain(text)]);
  }

  update(snapshot: ProgressSnapshot): void {
    this.#draw([statusLine(snapshot, usableColumns(this.#stream)), countsLine(snapshot)]);
  }

  done(): void {
    if (this.#done) return;
    this.#stream.write(this.#erase());
    this.#done = true;
  }

  #draw(lines: readonly string[]): void {
    if (this.#done) return;
    const columns = usableColumns(this.#stream);
    const shown = lines.map((line) => truncate(line, columns)).filter((line) => line !== '');
    const painted = shown.map((line, index) => (index === 0 ? line : this.#chalk.dim(line)));
    // One write, so that no half-drawn state is seen.
    const text = this.#erase() + painted.map((line) => `${line}\n`).join('');
    this.#drawn = shown.map(displayWidth);
    this.#stream.write(text);
  }

  /**
   * Goes back to where drawing began, and clears row by row: clearing the rest of the screen at once
   * makes some terminals keep it in their history. A terminal that was made narrower since has
   * broken the lines: each then takes more than one row.
   */
  #erase(): string {
    const columns = Math.max(1, this.#stream.columns);
    const rows = this.#drawn.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(width / columns)),
      0,
    );
    this.#drawn = [];
    if (rows === 0) return '';
    const up = `\u001b[${rows}A`;
    return `\r${up}${'\u001b[2K\u001b[1B'.repeat(rows)}${up}`;
  }
}

/** One less than the terminal has: writing into the last column makes some terminals break the line. */
function usableColumns({ columns }: Output): number {
  return Math.max(1, columns - 1);
}

const plainEveryMs = 1_000;

/** Lines for a log: one a second at most, changes of phase at once. */
class PlainProgress implements Progress {
  readonly #stream: Output;
  #phase: string | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #wasBehind = false;
  #done = false;

  constructor(stream: Output) {
    this.#stream = stream;
  }

  phase(text: string): void {
    if (!this.#done) this.#stream.write(`${plain(text)}\n`);
  }

  update(snapshot: ProgressSnapshot): void {
    const { phase, elapsedMs } = snapshot;
    if (this.#done) return;
    const isBehind = isBehindPlan(snapshot);
    const isNews = phase !== this.#phase || (isBehind && !this.#wasBehind);
    this.#wasBehind = isBehind;
    if (!isNews && elapsedMs - this.#lastMs < plainEveryMs) return;
    this.#phase = phase;
    this.#lastMs = elapsedMs;
    const counts = countsLine(snapshot);
    const line = [`${clockText(elapsedMs)} ${stateText(snapshot)}`, soldText(snapshot), counts];
    this.#stream.write(`${line.filter((part) => part !== '').join('; ')}\n`);
  }

  done(): void {
    this.#done = true;
  }
}

/** `sale open 3.2 s ago  ████████░░░░ 312 of 500 sold`, the bar as long as there is room. */
function statusLine(snapshot: ProgressSnapshot, columns: number): string {
  const state = `${clockText(snapshot.elapsedMs)} ${stateText(snapshot)}`;
  const [share, text] = isBeforeOpening(snapshot)
    ? [ratio(snapshot.devicesReady, snapshot.devices), readyText(snapshot)]
    : [ratio(snapshot.sold, snapshot.stock), soldText(snapshot)];
  if (text === '') return state;
  const room = columns - displayWidth(state) - displayWidth(text) - 3;
  const length = Math.min(30, room);
  return length < 6 ? `${state}  ${text}` : `${state}  ${bar(share, length)} ${text}`;
}

function isBeforeOpening({ phase }: ProgressSnapshot): boolean {
  return phase === 'provision' || phase === 'warm-up' || phase === 'waiting';
}

/** Further behind than this is worth telling: the rate cannot be reached. */
const behindMsMin = 100;

function isBehindPlan({ behindMs }: ProgressSnapshot): boolean {
  return behindMs >= behindMsMin;
}

function stateText(snapshot: ProgressSnapshot): string {
  const state = phaseText(snapshot);
  return !isBehindPlan(snapshot)
    ? state
    : `${state}, load generator ${secondsText(snapshot.behindMs)} behind its plan`;
}

function phaseText({ phase, toOpeningMs, devicesReady, devices }: ProgressSnapshot): string {
  const words = phaseWords[phase];
  if (phase === 'warm-up') {
    return `${words}: ${formatCount(devicesReady)} of ${formatCount(devices)} devices ready`;
  }
  if (toOpeningMs === undefined) return words;
  if (phase === 'waiting' && toOpeningMs > 0) return `opening in ${secondsText(toOpeningMs)}`;
  if (phase === 'open' && toOpeningMs <= 0) return `${words} for ${secondsText(-toOpeningMs)}`;
  return words;
}

function readyText({ phase, devicesReady, devices }: ProgressSnapshot): string {
  return phase === 'waiting' ? `${formatCount(devicesReady)} of ${formatCount(devices)} ready` : '';
}

function soldText(snapshot: ProgressSnapshot): string {
  if (isBeforeOpening(snapshot)) return '';
  return `${formatCount(snapshot.sold)} of ${formatCount(snapshot.stock)} sold`;
}

/** Requests a second and how order attempts end, the most frequent first. */
function countsLine({ phase, requestsPerS, inFlight, codes }: ProgressSnapshot): string {
  if (phase === 'provision' || phase === 'audit') return '';
  const refusals = Object.entries(codes)
    .filter(([code, count]) => code !== 'ok' && count > 0)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, 6)
    .map(([code, count]) => `${plain(code, 24)} ${formatCount(count)}`);
  return [
    `${formatCount(requestsPerS)} requests/s`,
    `${formatCount(inFlight)} in flight`,
    ...refusals,
  ].join(', ');
}

function bar(share: number, length: number): string {
  const full = Math.round(share * length);
  return '█'.repeat(full) + '░'.repeat(length - full);
}

function ratio(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole));
}

function clockText(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1_000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Tenths are enough for a countdown, and keep its width. */
function secondsText(ms: number): string {
  return ms < 100_000 ? `${(ms / 1_000).toFixed(1)} s` : formatDurationMs(ms);
}
