import type { Device } from '../../src/engine/shopper.ts';

/** Devices of as many people, which are neither connected nor busy. */
export function idleDevices(count: number, token?: string): Device[] {
  return Array.from({ length: count }, (_, index) => ({
    user: index,
    device: 0,
    userId: `u${index}`,
    deviceId: `u${index}-d0`,
    localAddress: undefined,
    forwardedFor: undefined,
    connection: undefined,
    connectionNumber: -1,
    token,
    instance: '',
    current: undefined,
    waiting: [],
  }));
}
