import { describe, expect, it } from 'vitest';
import { addressOf, contractBy } from '../../../src/engine/addresses.ts';

const source = (each: 'user' | 'device') => ({ each, via: 'source' }) as const;

describe('the address of a device', () => {
  it('is the usual one unless asked for', () => {
    expect(addressOf(undefined, 3, 1)).toEqual({});
  });

  it('is the person’s, on loopback', () => {
    expect(addressOf(source('user'), 0, 4)).toEqual({ localAddress: '127.1.0.0' });
    expect(addressOf(source('user'), 70_000, 1)).toEqual({ localAddress: '127.2.17.112' });
  });

  it('is of each device, and told as a proxy would', () => {
    const told = { each: 'device', via: 'x-forwarded-for' } as const;
    expect(addressOf(told, 1, 1)).toEqual({ forwardedFor: '10.1.0.129' });
  });

  it('is nobody else’s among 60,000 devices', () => {
    const seen = new Set<string | undefined>();
    for (let user = 0; user < 20_000; user += 1) {
      for (let device = 0; device < 3; device += 1) {
        seen.add(addressOf(source('device'), user, device).localAddress);
      }
    }
    expect(seen.size).toBe(60_000);
  });
});

describe('a limit by address', () => {
  const products = [{ id: 'shoe', stock: 1 }];
  const rateLimit = { algorithm: 'gcra', key: 'address', limit: 1, windowMs: 1 } as const;

  it('is judged as a limit of those who have one each', () => {
    const judged = contractBy(source('device'), { products, rateLimit });
    expect(judged.rateLimit?.key).toBe('device');
    expect(contractBy(undefined, { products, rateLimit }).rateLimit?.key).toBe('address');
    expect(contractBy(source('user'), { products }).rateLimit).toBeUndefined();
  });
});
