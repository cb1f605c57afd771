/** What `--format` may be; `auto` looks at the file. */
export const historyFormats = ['auto', 'ndjson', 'csv', 'parquet', 'k6', 'jmeter'] as const;
export type HistoryFormat = (typeof historyFormats)[number];
