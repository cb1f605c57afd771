import { type Instant, parseIsoInstant, parseMs } from '../core/instants.ts';
import { notSentCode } from '../history/vocabulary.ts';
import type { RawRecord } from './mapping.ts';
import { type Fields, fieldNames } from './row.ts';

/** Formats that a history can be in, beside Parquet. */
export type TextFormat = 'ndjson' | 'csv' | 'k6' | 'jmeter';

/** A record with what its format says by itself, or a record that is none (`skip`). */
export type Sample =
  | {
      readonly record: RawRecord;
      readonly fields: Fields;
      /** What was asked for, as the tool calls it; undefined where the format tells the operation. */
      readonly kind?: string;
    }
  | { readonly mistake: string }
  | 'skip';

/** A record of the documented format: its fields are called as they should be. */
export function nativeSample(record: RawRecord): Sample {
  return { record, fields: record };
}

/** Columns that the documented format does not have. */
export function unknownColumns(columns: Iterable<string>): readonly string[] {
  return [...columns].filter((column) => !knownColumns.has(column));
}

const knownColumns: ReadonlySet<string> = new Set(fieldNames);

const k6Metric = 'http_req_duration';

/**
 * A line of `k6 run --out json=…`. Of each request k6 writes a point per metric; `http_req_duration`
 * stands for the request: its value is the time from the first byte sent to the last byte received, in
 * milliseconds, and its time is the end (https://grafana.com/docs/k6/latest/results-output/real-time/json/).
 */
export function k6Sample(line: string): Sample {
  if (!line.startsWith('{') || !line.endsWith('}')) return { mistake: 'it is no JSON object' };
  // Of eight points a request seven are of other metrics: they need not be parsed.
  if (!line.includes(`"${k6Metric}"`)) return 'skip';
  const value = jsonObject(line);
  if (value === undefined) return { mistake: 'it is no JSON object' };
  if (value['type'] !== 'Point' || value['metric'] !== k6Metric) return 'skip';
  const data = objectOf(value['data']);
  const done = parseIsoInstant(String(data['time']));
  const durationMs = data['value'];
  if (done === undefined) return { mistake: 'data.time is no instant' };
  if (typeof durationMs !== 'number') return { mistake: 'data.value is no number' };
  const record = { ...objectOf(data['metadata']), ...objectOf(data['tags']) };
  const code = k6Code(record['error_code']);
  return {
    record,
    kind: `${textOf(record['method'])} ${textOf(record['name'] ?? record['url'])}`,
    fields: {
      doneNs: nsText(done),
      durationMs,
      status: record['status'] ?? 0,
      ...(code === undefined ? {} : { code }),
    },
  };
}

/**
 * What k6's error codes leave certain (https://grafana.com/docs/k6/latest/javascript-api/error-codes/):
 * a name that was not found, a host that is blocked and a connection that could not be made sent
 * nothing. Of all others nobody knows.
 */
function k6Code(errorCode: unknown): string | undefined {
  const code = Number(errorCode);
  const unsent = [1101, 1110, 1111, 1210, 1211, 1212, 1213, 1310, 1311];
  if (unsent.includes(code)) return notSentCode;
  if (code === 1050) return 'timeout';
  return code === 1201 || code === 1220 ? 'reset' : undefined;
}

/** Columns that a JTL file cannot do without. */
export const jmeterColumns = ['timeStamp', 'elapsed', 'responseCode'] as const;

/**
 * A row of a JTL file in CSV. `timeStamp` is the start in milliseconds since 1970, `elapsed` the time to
 * the last byte, in milliseconds (https://jmeter.apache.org/usermanual/listeners.html).
 */
export function jmeterSample(record: RawRecord): Sample {
  const start = parseMs(record['timeStamp']);
  if (start === undefined) {
    return { mistake: 'timeStamp is no number of milliseconds (set timestamp_format to ms)' };
  }
  const elapsedMs = parseMs(record['elapsed']);
  if (elapsedMs === undefined) return { mistake: 'elapsed is no number of milliseconds' };
  const responseCode = textOf(record['responseCode']);
  const isStatus = /^[1-5]\d\d$/.test(responseCode);
  return {
    record,
    kind: textOf(record['label']),
    fields: {
      sentMs: record['timeStamp'],
      doneMs: start.ms + elapsedMs.ms,
      status: isStatus ? Number(responseCode) : 0,
      ...(isStatus ? {} : { code: jmeterCode(responseCode) }),
    },
  };
}

/** Java's exceptions: only one that comes before the connection stands proves that nothing was sent. */
function jmeterCode(responseCode: string): string {
  if (
    /\b(?:HttpHostConnect|Connect|ConnectTimeout|NoRouteToHost|UnknownHost)Exception$/.test(
      responseCode,
    )
  ) {
    return notSentCode;
  }
  return responseCode.includes('Timeout') ? 'timeout' : 'reset';
}

/** A JSON object, or undefined. */
export function jsonObject(line: string): RawRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as RawRecord)
    : undefined;
}

function objectOf(value: unknown): RawRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as RawRecord)
    : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function nsText({ ms, ns }: Instant): bigint {
  return BigInt(ms) * 1_000_000n + BigInt(ns);
}
