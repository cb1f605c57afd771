import { z } from 'zod';
import type { Epoch } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type {
  Contract,
  ProductContract,
  RateLimitContract,
  WaitingRoomContract,
} from './contract.ts';
import type {
  AbortRecord,
  BacklogRecord,
  CheckRecord,
  ControlRecord,
  EventRecord,
  FaultRecord,
  OpeningFigures,
  SelfCheckFigures,
  UnmappedRecord,
  WorkerFigures,
} from './run-record.ts';
import { operations } from './vocabulary.ts';

/** Version of `run.json`. */
export const manifestVersion = 2;

/** `run.json`: all that is needed, with the other files, to judge and to report a run again. */
export interface RunManifest {
  readonly schemaVersion: typeof manifestVersion;
  readonly runId: string;
  /** Name of the scenario. */
  readonly name: string;
  /** Versions of what ran: flashsim, Node. */
  readonly flashsim: string;
  readonly node: string;
  /** Such as `linux x64`. */
  readonly platform: string;
  readonly seed: number;
  readonly scenarioHash: string;
  /** As resolved, secrets replaced. */
  readonly scenario: Json;
  readonly contract: Contract;
  /** Both clocks at ns 0 of the history. */
  readonly epoch: Epoch;
  /** When the run began, wall clock, ms since 1970. */
  readonly startedAtMs: number;
  /** From the start of the command to the judging, in milliseconds. */
  readonly wallMs: number;
  readonly plan: { readonly hash: string };
  readonly opening: OpeningFigures;
  readonly faults: readonly FaultRecord[];
  /** The target's backlog while the sale ran; empty when it was not asked for. */
  readonly backlog: readonly BacklogRecord[];
  readonly events: readonly EventRecord[];
  /** Invariants of the user's own. */
  readonly checks: readonly CheckRecord[];
  readonly control: ControlRecord;
  readonly incidents: readonly string[];
  readonly warnings: readonly string[];
  readonly workers: readonly WorkerFigures[];
  readonly rssMaxBytes: number;
  /** CPU time of the target's processes while the sale ran, in seconds; 0 when nobody knows. */
  readonly targetCpuSeconds: number;
  /** The target in words, without secrets. */
  readonly targetDescription: string;
  /** Command that plays the same plan again. */
  readonly replay: string;
  /** True when attempts may be missing, because a signal or a threshold ended the run early. */
  readonly interrupted: boolean;
  /** The threshold that ended it. */
  readonly abort?: AbortRecord;
  /** Whether the snapshot was taken after everything had come to rest. */
  readonly quiesced: boolean;
  /** Why the snapshot is missing or not quiesced. */
  readonly truthNote: string | undefined;
  /** True when nobody but this run can have reached the target's stock. */
  readonly exclusive: boolean;
  /** Rows of the other files, so that files of another run are noticed. */
  readonly evidence: EvidenceCounts;
}

/** Rows of a run's files; null for a file that was not written. */
export interface EvidenceCounts {
  readonly attempts: number;
  readonly orders: number | null;
  readonly ledgerEntries: number | null;
}

/** A schema for every key of a type: a key that is added to the type is missed by the compiler here. */
type ShapeOf<T> = Record<keyof T, z.ZodType>;

const ns = z.number();
const count = z.int().min(0);
const text = z.string();
/** An instant that `Date` can hold. */
const wallClockMs = z.number().refine((ms) => Math.abs(ms) <= 8.64e15, { error: 'is no instant' });
/** Instants that a file cannot hold: JSON has neither NaN nor Infinity. */
const never = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const nobodyKnows = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.POSITIVE_INFINITY);

/** A product as a contract has it. */
export const productSchema = z.object({
  id: text.min(1),
  stock: count,
  limitPerUser: count.exactOptional(),
} satisfies ShapeOf<ProductContract>);

const rateLimit = z.object({
  algorithm: text,
  key: z.enum(['user', 'device', 'address', 'global']),
  limit: z.number().min(0),
  windowMs: z.number().positive(),
  operations: z.array(z.enum(operations)).exactOptional(),
} satisfies ShapeOf<RateLimitContract>);

const waitingRoom = z.object({
  totalActiveUsers: count,
  newUsersPerMinute: count,
  queueing: text,
  sessionDurationMs: z.number().positive(),
  refreshEveryMs: z.number().positive(),
} satisfies ShapeOf<WaitingRoomContract>);

const contract = z.object({
  products: z.array(productSchema),
  maximumSessions: count.exactOptional(),
  onExceed: z.enum(['terminate-oldest', 'terminate-least-recently-used', 'deny']).exactOptional(),
  rateLimit: rateLimit.exactOptional(),
  waitingRoom: waitingRoom.exactOptional(),
  opensAtMs: z.number().exactOptional(),
  closesAtMs: z.number().exactOptional(),
  graceMs: z.number().exactOptional(),
  sessionLifeMs: z.number().positive().exactOptional(),
  endsOnLogout: z.boolean().exactOptional(),
  completionMs: z.number().exactOptional(),
  clockToleranceMs: z.number().exactOptional(),
  exactRemaining: z.boolean().exactOptional(),
  rejectsKeyReuse: z.boolean().exactOptional(),
} satisfies ShapeOf<Contract>);

const opening = z.object({
  zeroNs: ns,
  opensNs: ns,
  opensAtMs: wallClockMs,
  closesAtMs: z.number().optional(),
  connections: count,
  warmConnections: count,
  perInstance: z.record(text, count),
} satisfies ShapeOf<OpeningFigures>);

const fault = z.object({
  description: text,
  plannedNs: ns,
  firedNs: never,
  fired: z.boolean(),
  detail: text,
} satisfies ShapeOf<FaultRecord>);

const abort = z.object({
  metric: text,
  limit: text,
  value: z.number(),
  afterOpeningNs: ns,
} satisfies ShapeOf<AbortRecord>);

const backlog = z.object({
  atNs: ns,
  requests: count,
} satisfies ShapeOf<BacklogRecord>);

const event = z.object({
  event: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('restock'), productId: text, quantity: count }),
    z.object({ kind: z.literal('warm-up'), productId: text }),
    z.object({ kind: z.literal('close') }),
  ]),
  plannedNs: ns,
  sentNs: never,
  doneNs: nobodyKnows,
  outcome: z.enum(['ok', 'fail', 'info']),
  detail: text,
} satisfies ShapeOf<EventRecord>);

const check = z.object({
  name: text,
  expect: text,
  value: z.number().nullable(),
  problem: text,
} satisfies ShapeOf<CheckRecord>);

const control = z.object({
  state: z.enum(['oversold', 'exact', 'skipped', 'failed']),
  stock: count,
  soldUnits: count,
  attempts: count,
  durationMs: z.number(),
  reason: text,
} satisfies ShapeOf<ControlRecord>);

const selfCheck = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  cpuShareMax: z.number(),
  eventLoopDelayP99Ms: z.number(),
  eventLoopDelayMaxMs: z.number(),
  latenessUs: z.object({
    cells: z.array(z.tuple([count, count])),
    maxUs: z.number(),
    negativeCount: count,
    overflowCount: count,
  }),
  socketErrors: z.record(text, count),
} satisfies ShapeOf<SelfCheckFigures>);

const worker = z.object({
  worker: count,
  devices: count,
  loggedIn: count,
  loginsFailed: count,
  droppedArrivals: count,
  cpuSeconds: z.number(),
  eventLoopDelayMaxMs: z.number(),
  poolWaits: z.object({ count, totalMs: z.number(), maxMs: z.number() }).exactOptional(),
  selfCheck: selfCheck.exactOptional(),
  unmapped: z
    .array(
      z.object({
        operation: z.enum(operations),
        status: count,
        count,
        example: text,
      } satisfies ShapeOf<UnmappedRecord>),
    )
    .exactOptional(),
} satisfies ShapeOf<WorkerFigures>);

const evidence = z.object({
  attempts: count,
  orders: count.nullable(),
  ledgerEntries: count.nullable(),
} satisfies ShapeOf<EvidenceCounts>);

/** Checks what stands in `run.json`, and brings back what JSON cannot hold. */
export const manifestSchema = z.object({
  schemaVersion: z.literal(manifestVersion),
  runId: text.min(1),
  name: text,
  flashsim: text,
  node: text,
  platform: text,
  seed: z.int(),
  scenarioHash: text,
  scenario: z.record(text, z.json()),
  contract,
  epoch: z.object({
    seconds: z.number(),
    nanoseconds: z.number(),
    wallMs: wallClockMs,
  } satisfies ShapeOf<Epoch>),
  startedAtMs: wallClockMs,
  wallMs: z.number().min(0),
  plan: z.object({ hash: text }),
  opening,
  faults: z.array(fault),
  // Older folders have none.
  backlog: z.array(backlog).default([]),
  events: z.array(event),
  // Older folders have none.
  checks: z.array(check).default([]),
  control,
  incidents: z.array(text),
  warnings: z.array(text),
  workers: z.array(worker),
  rssMaxBytes: z.number().min(0),
  // Runs of older versions did not measure it.
  targetCpuSeconds: z.number().min(0).default(0),
  targetDescription: text,
  replay: text,
  interrupted: z.boolean(),
  abort: abort.exactOptional(),
  quiesced: z.boolean(),
  truthNote: text.optional(),
  exclusive: z.boolean(),
  evidence,
} satisfies ShapeOf<RunManifest>);
