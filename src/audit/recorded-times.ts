import type { TruthOrder } from '../history/truth.ts';

/** When the confirmed rows of one order were made by the store's own times, ms since 1970. */
export interface RecordedTime {
  earliestMs: number;
  latestMs: number;
  /** Rows that have a time. */
  rows: number;
}

/** What a store writes may be whole units of this, in ms: larger ones come first. */
const unitsMs = [86_400_000, 3_600_000, 60_000, 1_000, 100, 10, 1];

/** The times that a store has of orders, by the order's ordinal. */
export class RecordedTimes {
  readonly #byOrdinal = new Map<number, RecordedTime>();
  #unit = 0;

  /** Orders of which any time is known. */
  get size(): number {
    return this.#byOrdinal.size;
  }

  /**
   * The largest unit that all times are whole numbers of, in ms; 1 when they are finer. Any of them may be off by so much, in
   * either direction: PostgreSQL and Redis cut off what is finer, MySQL rounds it.
   */
  get unitMs(): number {
    return unitsMs[this.#unit] ?? 1;
  }

  note(ordinal: number, { status, createdAtMs }: TruthOrder): void {
    if (createdAtMs === undefined || status !== 'confirmed') return;
    while (this.#unit < unitsMs.length - 1 && createdAtMs % this.unitMs !== 0) this.#unit += 1;
    const known = this.#byOrdinal.get(ordinal);
    if (known === undefined) {
      this.#byOrdinal.set(ordinal, { earliestMs: createdAtMs, latestMs: createdAtMs, rows: 1 });
      return;
    }
    known.earliestMs = Math.min(known.earliestMs, createdAtMs);
    known.latestMs = Math.max(known.latestMs, createdAtMs);
    known.rows += 1;
  }

  of(ordinal: number): Readonly<RecordedTime> | undefined {
    return this.#byOrdinal.get(ordinal);
  }
}
