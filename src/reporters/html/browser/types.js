// Names of types for the compiler, which checks these scripts through the comments in them
// (tsconfig.browser.json). They are put together into one, in the order of ../assets.ts.

/** @typedef {import('../chart-spec.ts').AxisSpec} AxisSpec */
/** @typedef {import('../chart-spec.ts').ChartSpec} ChartSpec */
/** @typedef {import('../chart-spec.ts').ChartUnit} ChartUnit */
/** @typedef {import('../chart-spec.ts').MarkSpec} MarkSpec */
/** @typedef {import('../chart-spec.ts').RangeSpec} RangeSpec */
/** @typedef {import('../chart-spec.ts').SeriesSpec} SeriesSpec */
