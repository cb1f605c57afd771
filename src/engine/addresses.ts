import type { Contract } from '../history/contract.ts';
import type { Scenario } from '../scenarios/schema.ts';

type Addresses = Scenario['workload']['addresses'];

/** Where a device seems to come from. */
export interface DeviceAddress {
  /** Of the machine's own, to connect from; undefined for the usual one. */
  readonly localAddress?: string;
  /** As a proxy in front of the server would tell it. */
  readonly forwardedFor?: string;
}

/** Addresses of a block: 2^24, less what is set aside at its ends. */
const blockSize = 254 * 65_536;
const devicesMax = 128;

/**
 * The address of a device, the same in every process. All of 127.0.0.0/8 leads to this machine on Linux (RFC
 * 1122 §3.2.1.3 g), so that each may come from one of its own; 10.0.0.0/8 is private (RFC 1918) and only told
 * in a header. Beyond 16 million they come again.
 */
export function addressOf(addresses: Addresses, user: number, device: number): DeviceAddress {
  if (addresses === undefined) return {};
  const number = addresses.each === 'user' ? user : user * devicesMax + device;
  return addresses.via === 'source'
    ? { localAddress: inBlock(127, number) }
    : { forwardedFor: inBlock(10, number) };
}

function inBlock(first: number, number: number): string {
  const place = number % blockSize;
  return [first, 1 + (place >> 16), (place >> 8) & 255, place & 255].join('.');
}

/** What the server promises, with a limit by address as a limit of those who have one address each. */
export function contractBy(addresses: Addresses, contract: Contract): Contract {
  const { rateLimit } = contract;
  if (addresses === undefined || rateLimit?.key !== 'address') return contract;
  return { ...contract, rateLimit: { ...rateLimit, key: addresses.each } };
}
