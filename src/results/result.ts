import type { Verdict } from '../audit/verdict.ts';
import type { Json } from '../core/json.ts';
import type { AbortSummary } from './abort.ts';
import type { ControlSummary } from './control-summary.ts';
import type { GatewaySummary } from './gateway/summary.ts';
import type { GroupSummary } from './groups.ts';
import type { RecoveryVerdict } from './recovery.ts';

/**
 * What a run came to: the content of `result.json` and the only thing that reporters read. Fields
 * are only ever added within a schema version: those that results of older releases lack are optional.
 */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly flashsim: string;
  readonly name: string;
  readonly runId: string;
  readonly verdict: Verdict;
  /** True when a signal or a threshold ended the run early. */
  readonly interrupted: boolean;
  /** The threshold that ended it (`abortOnFail`). */
  readonly abort?: AbortSummary;
  readonly seed: number;
  readonly scenarioHash: string;
  /** Digest of everything that was planned: equal for equal seed and scenario. */
  readonly planHash: string;
  /** Command that plays the same plan again. */
  readonly replay: string;
  readonly startedAt: string;
  readonly wallMs: number;
  readonly target: { readonly kind: string; readonly description: string };
  readonly invariants: Readonly<Record<string, InvariantSummary>>;
  /** Invariants that were left out, because nothing was promised or asked for. */
  readonly notJudged: readonly { readonly name: string; readonly reason: string }[];
  readonly thresholds: readonly ThresholdResult[];
  /** Attempts on orders by class. */
  readonly outcomes: Readonly<Record<'ok' | 'fail' | 'info', number>>;
  /** All attempts by operation and code: `{ order: { ok: 500, 'sold-out': 6912 } }`. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly latencyUs: Readonly<Record<string, OperationLatency>>;
  /** By operation; those that were never timed are left out. */
  readonly latencyDistribution?: Readonly<Record<string, LatencyDistribution>>;
  readonly latencyOverTime?: LatencyOverTime;
  readonly opening: OpeningSummary;
  readonly attempts: number;
  readonly firstAttempts: number;
  readonly amplification: number;
  readonly retries: RetrySummary;
  /** What became of the server after each fault that fired. */
  readonly recoveries: readonly RecoverySummary[];
  /** Intents whose outcome stayed open after look-up, snapshot and ledger. */
  readonly unresolved: number;
  readonly sold: number | null;
  readonly selling: SellingSummary;
  /** Units that there were to sell: at the opening, and restocked for certain. */
  readonly stock: number;
  /** Products whose stock is counted in a cache; empty when none is. */
  readonly caches: readonly CacheSummary[];
  readonly throughput?: ThroughputSummary;
  readonly buyers?: BuyerSummary;
  readonly devices: DeviceSummary;
  readonly rateLimited: number;
  readonly gateway?: GatewaySummary;
  /** Groups of people, in the order of the scenario; empty where it names none. */
  readonly groups?: readonly GroupSummary[];
  /** Requests that deliberately tested a rule; in no other figure. */
  readonly probes: number;
  readonly timeline: Timeline;
  readonly faults: readonly FaultSummary[];
  /** Restocks and closings while the sale ran. */
  readonly events: readonly EventSummary[];
  readonly control: ControlSummary;
  readonly incidents: readonly string[];
  /** Evidence that cannot be right: each makes the verdict `unknown`. */
  readonly problems: readonly string[];
  /** Things that a reader should know before trusting a figure. */
  readonly warnings: readonly string[];
  readonly generator: GeneratorSummary;
  /** The scenario as resolved, secrets replaced; durations are milliseconds. */
  readonly scenario?: Json;
}

/** What an invariant came to. The figure lies in [lo, hi] for certain. */
export interface InvariantSummary {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly value: number | null;
  readonly lo: number;
  /** null when there is no upper bound. */
  readonly hi: number | null;
  readonly unit: string;
  readonly reason?: string;
  readonly witnesses: {
    readonly count: number;
    readonly first: WitnessSummary | null;
    readonly worst: WitnessSummary | null;
    readonly last: WitnessSummary | null;
  };
  /** How it was broken, step by step; only of a violation. */
  readonly story?: StorySummary;
}

/** A witness as a sequence of messages and facts. */
interface StorySummary {
  readonly steps: readonly {
    readonly kind: 'request' | 'answer' | 'silence' | 'store';
    /** From the opening, in milliseconds; null when nobody knows. */
    readonly atMs: number | null;
    readonly actor: string;
    readonly text: string;
  }[];
  /** What the store held in the end. */
  readonly store: readonly string[];
}

/** One piece of proof, in words and by name. */
export interface WitnessSummary {
  readonly summary: string;
  readonly keys?: readonly string[];
  readonly orderIds?: readonly string[];
  readonly userId?: string;
  /** Nanoseconds from t = 0 of the run's epoch. */
  readonly atNs?: number;
}

/** What a limit of the scenario came to. */
export interface ThresholdResult {
  readonly metric: string;
  /** As written, such as `< 800ms`. */
  readonly limit: string;
  readonly verdict: Verdict;
  readonly value: number | null;
  readonly unit: string;
  readonly reason?: string;
}

/** Percentiles of a latency, in microseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Latency of one operation, over all its answered attempts. */
export interface OperationLatency {
  readonly count: number;
  /** From when the request was due: what a person felt. */
  readonly response: Percentiles;
  /** From when it was sent: what the server took. */
  readonly service: Percentiles;
}

/** How the opening went, as measured. */
export interface OpeningSummary {
  /** Wall-clock instant, ISO 8601. */
  readonly at: string;
  /** The same from t = 0, in milliseconds. */
  readonly fromZeroMs?: number;
  /** First to last write of the herd's first attempts; 0 when there was no herd. */
  readonly spreadUs: number;
  /** The same as the plan had it. */
  readonly plannedSpreadUs: number;
  /** Sent minus due, p99 over first order attempts. */
  readonly latenessP99Us: number;
  /** Connections that were open and logged in just before the opening. */
  readonly warmConnections: number;
  readonly connections: number;
  /** Warm connections by the server process that holds them. */
  readonly perInstance: Readonly<Record<string, number>>;
}

/** How fast it sold, by the answers that buyers got. */
export interface SellingSummary {
  /** Orders that were acknowledged, each once. */
  readonly orders: number;
  /** From the opening to the last acknowledged order, in milliseconds; null when nothing was sold. */
  readonly lastSaleMs: number | null;
  /** Acknowledged orders per second from the opening to the last one. */
  readonly ordersPerS: number | null;
  /** CPU time of the target per 1,000 orders, in seconds, from the opening to the end; null if unknown. */
  readonly cpuSecondsPer1000: number | null;
}

/** What a cache has of a product, in the end. */
export interface CacheSummary {
  readonly product: string;
  /** Units; null when it has lost its count, or never had one. */
  readonly cached: number | null;
  /**
   * Units missing from it: S − (cached + sold + queued). Below 0 it has units that there are not; null
   * when it is not known exactly.
   */
  readonly drift: number | null;
}

/** People, their devices and their sessions. All are counts. */
export interface DeviceSummary {
  readonly users: number;
  readonly devices: number;
  readonly loggedIn: number;
  /** Sessions that a later login of the same person ended. */
  readonly evicted: number;
  readonly loginsFailed: number;
}

/** What retries added to the load, and what came of it. All are of attempts on orders. */
export interface RetrySummary {
  /** Attempts that were sent for each intent that began. */
  readonly attemptsPerIntent: {
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
    /** Intents by how often they were sent: the first number is of those that never were. */
    readonly histogram: readonly number[];
  };
  /** Attempts that the client itself held back, by what held them; they are no attempts elsewhere. */
  readonly heldBack: {
    readonly breaker: number;
    readonly throttle: number;
    readonly budget: number;
  };
  /** Answers that came in time and that the client took for one. */
  readonly useful: number;
  /** Answers that came in time, those included after which the client had to come again. */
  readonly completions: number;
  /** Attempts whose answer the client did not wait for any longer. */
  readonly givenUp: number;
  /** {@link useful} and {@link completions} per second, from the first order due to the last one's end. */
  readonly goodputPerS: number;
  readonly throughputPerS: number;
  /**
   * Share of all completed work that was completed when nobody waited for it any more. At least what the
   * store proves, at most everything that was given up.
   */
  readonly wastedWork: { readonly lo: number; readonly hi: number };
  /** Intents with more than one order. */
  readonly doubledIntents: number;
}

/** Whether the server came back after a fault. */
export interface RecoverySummary {
  /** The fault, in words. */
  readonly fault: string;
  /** When it was over, from t = 0. */
  readonly endedAtMs: number;
  readonly verdict: RecoveryVerdict;
  /** From the fault's end until goodput was back; null unless it is. */
  readonly timeToRecoverMs: number | null;
  /** Goodput before the fault, per second; null when too few had come by then. */
  readonly baselinePerS: number | null;
  /** Goodput at the end of the observation, per second. */
  readonly lastPerS: number;
  /** Goodput is taken over this long, and has to hold for so long. */
  readonly windowMs: number;
  readonly holdMs: number;
  /** From the fault's end to the next one, or to the last first attempt. */
  readonly observedMs: number;
  /** Whether the backlog is what the server told, or the purchases that clients had not brought to an end. */
  readonly backlog: 'server' | 'client';
  readonly reason: string;
}

/** Second by second (or finer), counted from the opening. */
export interface Timeline {
  readonly bucketMs: number;
  /** Start of the first bucket, from the opening, in milliseconds (negative: before it). */
  readonly startMs: number;
  readonly arrivals: readonly number[];
  /** Those of `arrivals` that were no first attempts. */
  readonly retries?: readonly number[];
  /** First attempts by when they were due. */
  readonly firstAttempts: readonly number[];
  /** Answers that came in time, and those of them that the client took for one. */
  readonly completions: readonly number[];
  readonly useful: readonly number[];
  readonly sold: readonly number[];
  readonly refused: readonly number[];
  /** `refused` by code, the most frequent first; what is rare is under `others`. */
  readonly refusedByCode?: Readonly<Record<string, readonly number[]>>;
  readonly uncertain: readonly number[];
  /** Units at the end of each bucket, by the answers; below zero when too many were sold. */
  readonly stockLeft?: readonly number[];
}

/** Response times over time, by when the requests were due; exact to 1.6 %. */
export interface LatencyOverTime {
  readonly bucketMs: number;
  /** Start of the first bucket, from the opening, in milliseconds. */
  readonly startMs: number;
  /** By operation; those that were never timed are left out. */
  readonly operations: Readonly<Record<string, OperationLatencyOverTime>>;
}

/** One value a bucket, in µs; null where nothing was due. */
export interface OperationLatencyOverTime {
  /** Requests in each bucket. */
  readonly counts: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p90: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** How latencies of an operation are distributed: eight bins to each doubling. */
export interface LatencyDistribution {
  /** Where each bin begins, in µs, ascending. */
  readonly fromUs: readonly number[];
  /** Requests in each bin. */
  readonly response: readonly number[];
  readonly service: readonly number[];
}

/** How much the server got through. */
export interface ThroughputSummary {
  /** Most answers to orders within one second. */
  readonly answersPeakPerS: number;
  /** From the opening to the answer that sold the last unit of the first stock; null if none did. */
  readonly sellOutMs: number | null;
}

/** Who got the stock, by ok answers. */
export interface BuyerSummary {
  /** People who got something. */
  readonly people: number;
  readonly units: number;
  /** Most units of one person. */
  readonly unitsPerPersonMax: number;
  /** People by how many devices of theirs took part. */
  readonly byDevices: readonly {
    readonly devices: number;
    readonly people: number;
    readonly buyers: number;
    readonly units: number;
  }[];
  /** Units by the try that got them; the tenth stands for later ones too. */
  readonly byTry: readonly { readonly try: number; readonly units: number }[];
}

/** A planned fault and what became of it. */
export interface FaultSummary {
  readonly description: string;
  /** From t = 0, in milliseconds. */
  readonly atMs: number;
  readonly fired: boolean;
  readonly detail: string;
}

/** A planned event and what became of it. */
export interface EventSummary {
  readonly description: string;
  /** From t = 0, in milliseconds. */
  readonly atMs: number;
  /** Whether the server took it; `info` when nobody knows. */
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly detail: string;
}

/** What one load-generating process measured of itself while the sale ran. */
export interface WorkerSelfCheck {
  readonly worker: number;
  /** CPU time as a share of one core: on average, and in the busiest second. */
  readonly cpuShare: number;
  readonly cpuShareMax: number;
  /** How long its event loop stood still. */
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayMaxMs: number;
  /** How late it began requests after they were due, in µs. */
  readonly latenessP99Us: number;
  readonly latenessMaxUs: number;
  /** Errors of its sockets by the system's code. */
  readonly socketErrors: Readonly<Record<string, number>>;
}

/** Whether the load generator kept up. */
export interface SelfCheckSummary {
  /** Why it was the bottleneck, in words; empty when it kept up. */
  readonly bottlenecks: readonly string[];
  /** Requests that were begun because they were due. */
  readonly begun: number;
  /** How late, in µs, over all workers. */
  readonly latenessUs: Percentiles;
  readonly workers: readonly WorkerSelfCheck[];
}

/** What generating the load took, and whether it kept up. */
export interface GeneratorSummary {
  readonly workers: number;
  readonly cpuSeconds: number;
  readonly eventLoopDelayMaxMs: number;
  /** Largest sum of resident memory over flashsim's own processes, servers and stores included. */
  readonly rssMaxMb: number;
  readonly droppedArrivals: number;
  /** null when it was not measured: of a run that was never played, or by an older version. */
  readonly selfCheck: SelfCheckSummary | null;
}
