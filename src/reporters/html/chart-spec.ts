/**
 * A chart as data: what `browser/charts.js` draws. Texts are shown as they are, numbers are formatted
 * there by their unit.
 */
export interface ChartSpec {
  readonly x: AxisSpec & {
    /** Ascending. */
    readonly values: readonly number[];
    /** Where the last bucket ends: each value is that of a bucket, which reaches to the next x. */
    readonly end?: number;
  };
  readonly y: AxisSpec;
  readonly series: readonly SeriesSpec[];
  readonly marks: readonly MarkSpec[];
  /** Parts of the x axis to look at; the first is shown. */
  readonly ranges: readonly RangeSpec[];
  /** Charts of one group show the same instant and the same range. */
  readonly group?: string;
}

/** What an axis measures. */
export interface AxisSpec {
  readonly label: string;
  readonly unit: ChartUnit;
  readonly log?: boolean;
}

/**
 * How numbers are written.
 * - `instant`: milliseconds from the opening, signed.
 * - `latency`: microseconds.
 * - `count`, `perS`, `percent`: plain numbers.
 */
export type ChartUnit = 'instant' | 'latency' | 'count' | 'perS' | 'percent';

/** One line, area or layer of a chart. */
export interface SeriesSpec {
  readonly label: string;
  /** As many as the x axis has; null where there is none. */
  readonly values: readonly (number | null)[];
  /** A name of the palette in `browser/page.css`. */
  readonly colour: string;
  /** `stack`: a layer on top of the layers before it. `line` connects the middles of buckets. */
  readonly draw: 'line' | 'step' | 'area' | 'stack';
  /** Lengths of strokes and gaps: lines are told apart by more than their colour. */
  readonly dash?: readonly number[];
}

/** An instant that stands out. */
export interface MarkSpec {
  readonly at: number;
  /** One or two characters on the chart; what they stand for is listed below it. */
  readonly sign: string;
  readonly text: string;
  readonly kind: 'opening' | 'fault' | 'event' | 'witness' | 'figure';
}

/** A part of the x axis. */
export interface RangeSpec {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}
