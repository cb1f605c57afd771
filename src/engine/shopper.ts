import type { Connection } from '../transport/connection.ts';

/**
 * One device of one person: its connection, its session, and the requests that wait for the
 * connection to be free (a device sends one request at a time).
 */
export interface Device {
  readonly user: number;
  readonly device: number;
  readonly userId: string;
  readonly deviceId: string;
  /** The device's intent; every device has one, whether or not it ever clicks. */
  readonly intent: number;
  connection: Connection | undefined;
  connectionNumber: number;
  /** Session token; undefined until logged in. */
  token: string | undefined;
  /** Server process that answered last. */
  instance: string;
  /** The request under way; undefined when the device is idle. */
  current: Request | undefined;
  /** Requests that are due but wait for the connection. */
  readonly waiting: Request[];
}

/** A request that is due, under way, or waiting. */
export interface Request {
  readonly operation: 'login' | 'page' | 'order' | 'status' | 'health';
  readonly attempt: number;
  readonly scheduledNs: number;
  readonly bytes: Buffer;
  sentNs: number;
  firstByteNs: number;
  /** Called once with how it ended. */
  readonly settled: (device: Device, end: RequestEnd) => void;
  done: boolean;
}

/** How a request ended. `doneNs` is ns since the run’s epoch. */
export interface RequestEnd {
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly code: string;
  readonly doneNs: number;
  readonly retryAfterMs: number | undefined;
  readonly token: string | undefined;
  readonly orderId: string | undefined;
}

/** Where an intent stands. */
export const intentStates = ['waiting', 'trying', 'done', 'uncertain', 'dropped'] as const;
export type IntentState = (typeof intentStates)[number];
