import { type BucketAxis, TimeSeries } from '../metrics/timeseries.ts';

/** More kinds would not be told apart in a chart; the rest is one series. */
const kindsMax = 7;
/** A server may make codes up: no more than so many get a series of their own while counting. */
const countedMax = 64;
/** What the rest is called. */
const otherCodes = 'others';

/** Counts over time by code: the most frequent ones apart, all others together. */
export class CodeSeries {
  readonly #axis: BucketAxis;
  readonly #byCode = new Map<string, TimeSeries>();

  constructor(axis: BucketAxis) {
    this.#axis = axis;
  }

  /** The series of a code of a chunk, by its place among the chunk's codes. Made once a chunk. */
  ofChunk(codes: readonly string[]): (code: number) => TimeSeries {
    const met: TimeSeries[] = [];
    return (code) => (met[code] ??= this.#seriesOf(codes[code] ?? ''));
  }

  #seriesOf(code: string): TimeSeries {
    const known = this.#byCode.get(code);
    if (known !== undefined) return known;
    if (this.#byCode.size >= countedMax) return this.#others();
    return this.#start(code);
  }

  #others(): TimeSeries {
    return this.#byCode.get(otherCodes) ?? this.#start(otherCodes);
  }

  #start(code: string): TimeSeries {
    const series = new TimeSeries(this.#axis);
    this.#byCode.set(code, series);
    return series;
  }

  /** The series by code, the most frequent first; `others` last. */
  toRecord(): Record<string, readonly number[]> {
    const rows = Array.from(this.#byCode, ([code, series]) => {
      const counts = series.toArray();
      return { code, counts, total: counts.reduce((sum, count) => sum + count, 0) };
    }).sort((a, b) => b.total - a.total || (a.code < b.code ? -1 : 1));
    const named = rows.filter(({ code }) => code !== otherCodes);
    const shown = named.slice(0, kindsMax);
    const rest = [...named.slice(kindsMax), ...rows.filter(({ code }) => code === otherCodes)];
    const record = Object.fromEntries(shown.map(({ code, counts }) => [code, counts]));
    if (rest.length === 0) return record;
    const sums = rest[0]?.counts.map((_, at) =>
      rest.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0),
    );
    return { ...record, [otherCodes]: sums ?? [] };
  }
}
