import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../src/imports/outcomes.ts';
import { type Fields, rowOf } from '../../../src/imports/row.ts';

describe('the meaning of an answer', () => {
  const told = {
    operation: 'order',
    status: undefined,
    outcome: undefined,
    code: undefined,
  } as const;

  it.each([
    [{ status: 201 }, 'ok ok'],
    [{ status: 202 }, 'info pending'],
    [{ operation: 'login', status: 202 }, 'ok ok'],
    [{ status: 302 }, 'info bad-response'],
    [{ status: 400 }, 'fail bad-request'],
    [{ status: 401 }, 'fail unauthorized'],
    [{ status: 404 }, 'fail not-found'],
    [{ status: 408 }, 'info bad-response'],
    [{ status: 409 }, 'info bad-response'],
    [{ status: 409, code: 'sold-out' }, 'fail sold-out'],
    [{ status: 429 }, 'fail limited'],
    [{ status: 500 }, 'info server-error'],
    [{ status: 503 }, 'info server-error'],
    [{ status: 503, code: 'overloaded' }, 'fail overloaded'],
    [{ status: 503, code: 'sold-out' }, 'info server-error'],
    [{ status: 0 }, 'info timeout'],
    [{ code: 'ok' }, 'ok ok'],
    [{ code: 'connect-failed' }, 'fail connect-failed'],
    [{ code: 'in-progress', status: 409 }, 'info in-progress'],
    [{ code: 'too-young', status: 422 }, 'fail too-young'],
    [{ code: 'sold-out', status: 200, operation: 'status' }, 'fail sold-out'],
    [{ outcome: 'ok', status: 500 }, 'ok ok'],
    [{ outcome: 'fail', status: 429 }, 'fail limited'],
    [{ outcome: 'info' }, 'info timeout'],
  ] as const)('%j is %s', (changes, expected) => {
    const meaning = meaningOf({ ...told, ...changes });
    expect('mistake' in meaning ? meaning.mistake : `${meaning.outcome} ${meaning.code}`).toBe(
      expected,
    );
  });

  it.each([{}, { code: 'too-young' }, { outcome: 'maybe' }])('%j has none', (changes) => {
    expect(meaningOf({ ...told, ...changes })).toHaveProperty('mistake');
  });
});

describe('a record', () => {
  const least: Fields = { sentMs: 1_000, doneMs: 1_020, status: 201 };

  it('needs times and an end, and is an order of one unit', () => {
    expect(rowOf(least)).toMatchObject({
      operation: 'order',
      quantity: 1,
      status: 201,
      outcome: 'ok',
    });
  });

  it('may be written in text throughout, as CSV has it', () => {
    const fields = {
      operation: 'page',
      user: 'anna',
      quantity: '3',
      sentMs: '1000',
      doneMs: '1020',
      status: '200',
      key: '',
    };
    expect(rowOf(fields)).toMatchObject({
      operation: 'page',
      user: 'anna',
      quantity: 3,
      key: undefined,
    });
  });

  it('takes the start from the duration', () => {
    expect(rowOf({ doneMs: 1_020, durationMs: 20.5, status: 201 })).toMatchObject({
      sent: { ms: 999, ns: 500_000 },
    });
  });

  it('was not sent when the connection could not be made', () => {
    expect(rowOf({ ...least, status: 0, code: 'connect-failed' })).toMatchObject({
      sent: undefined,
      scheduled: { ms: 1_000, ns: 0 },
    });
  });

  it.each([
    [{ ...least, operation: 'refund' }, /operation is "refund"/],
    [{ ...least, quantity: 1.5 }, /quantity is 1.5, not a whole number/],
    [{ ...least, quantity: 70_000 }, /quantity is 70000/],
    [{ ...least, quantity: 'two' }, /quantity is "two"/],
    [{ ...least, status: -1 }, /status is -1/],
    [{ ...least, sentMs: 'noon' }, /sentMs is "noon", not a number of milliseconds/],
    [{ ...least, sentMs: undefined, sentAt: '2026-11-27T10:00' }, /sentAt is .* with a zone/],
    [{ ...least, sentMs: null }, /sentAt \(or sentMs, sentNs, durationMs\) is missing/],
    [{ ...least, doneMs: undefined }, /doneAt \(or doneMs, doneNs\) is missing/],
    [{ sentMs: 1, doneMs: 2 }, /neither outcome nor code nor status/],
    [{ ...least, key: 'k'.repeat(513) }, /key is longer than 512/],
    [{ ...least, key: { a: 1 } }, /key is neither text nor a number/],
    [{ doneMs: 5, durationMs: -1, status: 200 }, /durationMs is -1/],
  ])('is refused when it cannot be right: %#', (fields, mistake) => {
    expect(rowOf(fields)).toEqual({ mistake: expect.stringMatching(mistake) as string });
  });
});
