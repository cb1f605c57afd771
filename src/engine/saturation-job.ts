import type { Endpoint, ProtocolSpec } from '../targets/target.ts';
import type { ClosedLoopFigures } from '../transport/saturation.ts';

/** What a saturation can ask for, over and over. */
export const saturatedOperations = ['order', 'page'] as const;
export type SaturatedOperation = (typeof saturatedOperations)[number];

/** What is asked for, in a form that any process can make requests of. */
export type SaturatedWork =
  | {
      readonly kind: 'protocol';
      readonly spec: ProtocolSpec;
      readonly operation: SaturatedOperation;
      readonly productId: string;
      readonly runId: string;
      /** Sessions that take turns. */
      readonly tokens: readonly string[];
    }
  /** GET of one path, without a protocol: 2xx is good. */
  | { readonly kind: 'url'; readonly endpoint: Endpoint; readonly path: string };

/** One step, for a process of its own. */
export interface SaturationJob {
  readonly work: SaturatedWork;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly timeoutMs: number;
  readonly latencyMaxMs: number;
  /** Number of the first request: keys of different steps must not be the same. */
  readonly firstRequest: number;
}

/** What the process tells, once. */
export type FromSaturation =
  | {
      readonly kind: 'figures';
      readonly figures: ClosedLoopFigures;
      /** Of the process, within the step. */
      readonly cpuSeconds: number;
      readonly elapsedMs: number;
    }
  | { readonly kind: 'failed'; readonly message: string };
