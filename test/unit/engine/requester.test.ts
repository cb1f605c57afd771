import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { Requester } from '../../../src/engine/requester.ts';
import { type Device, newRequest, type RequestSubject } from '../../../src/engine/shopper.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { idleDevices } from '../../helpers/idle-devices.ts';

const subject: RequestSubject = {
  operation: 'order',
  attempt: 1,
  intent: 4,
  keyVariant: 1000,
  product: 2,
  quantity: 3,
};

function secondOfTwo(): Device {
  const [, device] = idleDevices(2, 'token');
  if (device === undefined) throw new Error('two were made');
  return device;
}

/** A requester whose connections never come to be. */
function stuckRequester(recorded: Attempt[], now = () => 7, timeoutMs = 60_000): Requester {
  const requester = new Requester({
    now,
    protocol: { request: () => Buffer.alloc(0), classify: () => ({ outcome: 'ok', code: 'ok' }) },
    connector: { connect: () => new Promise(() => undefined) },
    attempts: { append: (attempt) => recorded.push(attempt) },
    worker: 0,
    timeoutMs,
  });
  onTestFinished(() => requester.close());
  return requester;
}

describe('a requester that is stopped', () => {
  it('records what waited for its device as never sent, as it was asked for', () => {
    const recorded: Attempt[] = [];
    const requester = stuckRequester(recorded);
    const device = secondOfTwo();
    const settled: string[] = [];
    for (const orderId of ['a', 'b', 'c']) {
      requester.submit(
        device,
        newRequest({ ...subject, orderId }, 5, Buffer.alloc(0), (_, end) => settled.push(end.code)),
      );
    }
    expect(requester.inFlight).toBe(1);
    requester.abort();
    expect(settled).toEqual(['connect-failed', 'connect-failed', 'connect-failed']);
    expect(recorded).toHaveLength(3);
    expect(recorded.map(({ orderId }) => orderId).sort()).toEqual(['a', 'b', 'c']);
    for (const attempt of recorded) {
      expect(attempt).toMatchObject({
        ...subject,
        orderId: attempt.orderId,
        user: 1,
        scheduledNs: 5,
        sentNs: Number.NaN,
        doneNs: 7,
        status: 0,
        outcome: 'fail',
        code: 'connect-failed',
      });
    }
    expect(requester.inFlight).toBe(0);
    expect(device.current).toBeUndefined();
    expect(device.waiting).toEqual([]);
  });
});

describe('an attempt that the client holds back', () => {
  it('is recorded as never sent, with the reason as its code', () => {
    const recorded: Attempt[] = [];
    const end = stuckRequester(recorded).holdBack(secondOfTwo(), subject, 5, 'circuit-open');
    expect(end).toMatchObject({ outcome: 'fail', code: 'circuit-open', status: 0, doneNs: 7 });
    expect(recorded).toEqual([
      expect.objectContaining({
        ...subject,
        user: 1,
        scheduledNs: 5,
        sentNs: Number.NaN,
        firstByteNs: Number.NaN,
        doneNs: 7,
        outcome: 'fail',
        code: 'circuit-open',
        connection: -1,
      }),
    ]);
  });
});

describe('a request that is not answered', () => {
  it.each([
    { operation: 'order', timeoutMs: 500, endsMs: 500 },
    { operation: 'login', timeoutMs: 500, endsMs: 5_000 },
    { operation: 'login', timeoutMs: 8_000, endsMs: 8_000 },
  ] as const)(
    'times out as the client says, a login after 5 s at the earliest: $operation at $endsMs ms',
    ({ operation, timeoutMs, endsMs }) => {
      vi.useFakeTimers();
      onTestFinished(() => void vi.useRealTimers());
      let nowMs = 0;
      const recorded: Attempt[] = [];
      const requester = stuckRequester(recorded, () => nowMs * nsPerMs, timeoutMs);
      const request = newRequest({ ...subject, operation }, 0, Buffer.alloc(0), () => undefined);
      requester.submit(secondOfTwo(), request);
      nowMs = endsMs - 1;
      vi.advanceTimersByTime(100);
      expect(recorded).toEqual([]);
      nowMs = endsMs;
      vi.advanceTimersByTime(100);
      expect(recorded).toMatchObject([{ code: 'timeout', doneNs: endsMs * nsPerMs }]);
    },
  );
});
