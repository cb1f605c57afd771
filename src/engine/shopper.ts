import { deviceIdOf, userIdOf } from '../history/attempt.ts';
import type { Operation } from '../history/vocabulary.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { Connection } from '../transport/connection.ts';
import { addressOf, type DeviceAddress } from './addresses.ts';
import type { Plan } from './plan.ts';

/**
 * One device of one person: its connection, its session, and the requests that wait for the
 * connection to be free (a device sends one request at a time).
 */
export interface Device {
  readonly user: number;
  readonly device: number;
  readonly userId: string;
  readonly deviceId: string;
  /** Where it connects from; undefined for the usual address. */
  readonly localAddress: string | undefined;
  /** Where a proxy would say that it comes from; undefined when none says so. */
  readonly forwardedFor: string | undefined;
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

/** A device on behalf of one of its intents. */
export interface Shopper {
  readonly device: Device;
  readonly intent: number;
}

/** What a request asks for, and on whose behalf: the part of an attempt that is known beforehand. */
export interface RequestSubject {
  readonly operation: Operation;
  /** From 1; 0 for a probe. */
  readonly attempt: number;
  /** The intent it serves; -1 when it serves none. */
  readonly intent: number;
  readonly keyVariant: number;
  /** Index into the run's products; -1 when it concerns none. */
  readonly product: number;
  readonly quantity: number;
  /** The order that it asks about, where the answer does not name it. */
  readonly orderId?: string;
}

/** A request that is due, under way, or waiting. */
export interface Request {
  readonly subject: RequestSubject;
  readonly scheduledNs: number;
  readonly bytes: Buffer;
  /** What it went out on; undefined until it was sent. */
  connection: Connection | undefined;
  connectionNumber: number;
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
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly doneNs: number;
  readonly retryAfterMs: number | undefined;
  readonly token: string | undefined;
  readonly orderId: string | undefined;
}

/** A request that is not sent yet. */
export function newRequest(
  subject: RequestSubject,
  scheduledNs: number,
  bytes: Buffer,
  settled: Request['settled'],
): Request {
  return {
    subject,
    scheduledNs,
    bytes,
    connection: undefined,
    connectionNumber: -1,
    sentNs: Number.NaN,
    firstByteNs: Number.NaN,
    settled,
    done: false,
  };
}

/** Which devices are made, and where they come from. */
interface DeviceShare {
  readonly workers: number;
  readonly worker: number;
  /** Left out, all come from one address. */
  readonly scenario?: Pick<Scenario, 'workload'>;
}

/** The devices of one worker's users, not connected yet, and whose each of their intents is. */
export function makeDevices(
  plan: Plan,
  { workers, worker, scenario }: DeviceShare,
): { readonly devices: readonly Device[]; readonly deviceOfIntent: ReadonlyMap<number, Device> } {
  const addresses = scenario?.workload.addresses;
  const devices: Device[] = [];
  const deviceOfIntent = new Map<number, Device>();
  plan.user.forEach((user, intent) => {
    if (user % workers !== worker) return;
    if (plan.purchase[intent] === 0) {
      const device = plan.device[intent] ?? 0;
      devices.push(newDevice(user, device, addressOf(addresses, user, device)));
    }
    const owner = devices.at(-1);
    if (owner !== undefined) deviceOfIntent.set(intent, owner);
  });
  return { devices, deviceOfIntent };
}

function newDevice(
  user: number,
  device: number,
  { localAddress, forwardedFor }: DeviceAddress,
): Device {
  return {
    user,
    device,
    userId: userIdOf(user),
    deviceId: deviceIdOf(user, device),
    localAddress,
    forwardedFor,
    connection: undefined,
    connectionNumber: -1,
    token: undefined,
    instance: '',
    current: undefined,
    waiting: [],
  };
}
