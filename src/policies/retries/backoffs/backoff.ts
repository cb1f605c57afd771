/** How long a client waits before a retry, before jitter. Pure. Durations are milliseconds. */
export interface Backoff<Options> {
  readonly name: string;
  /** One line, for help and docs. */
  readonly describe: string;
  /** The wait before retry number `retry`, from 1. */
  waitMs(options: Options, retry: number): number;
  /** The shortest and the longest wait: jitter that draws by itself draws within them. */
  limits(options: Options): WaitLimits;
}

/** The shortest and the longest wait of a backoff, in milliseconds. */
export interface WaitLimits {
  readonly leastMs: number;
  readonly mostMs: number;
}
