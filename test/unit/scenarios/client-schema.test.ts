import { describe, expect, it } from 'vitest';
import { policyOptionsOf } from '../../../src/engine/client-policies.ts';
import { parseScenario } from '../../../src/scenarios/load.ts';
import { goodScenario, options } from './scenario-text.ts';

const read = (client: string) =>
  parseScenario(`${goodScenario}client: { ${client} }\n`, 'tiny.yaml', options).client;

describe('the client of a scenario', () => {
  it('shares nothing and keeps its key by default', () => {
    const { retry, throttle, circuitBreaker, scope, idempotencyKey } = read('');
    expect(retry).toEqual({
      maxAttempts: 3,
      backoff: { initial: 100, multiplier: 2, max: 2_000 },
      jitter: 'full',
      honorRetryAfter: true,
    });
    expect({ throttle, circuitBreaker }).toEqual({});
    expect([scope, idempotencyKey]).toEqual(['process', 'per-intent']);
  });

  it('has the defaults of resilience4j for a circuit breaker', () => {
    expect(policyOptionsOf(read('circuitBreaker: {}')).circuitBreaker).toEqual({
      slidingWindowType: 'count-based',
      slidingWindowSize: 100,
      minimumNumberOfCalls: 100,
      failureRateThreshold: 0.5,
      slowCallRateThreshold: 1,
      slowCallDurationThresholdMs: 60_000,
      waitDurationInOpenStateMs: 60_000,
      permittedNumberOfCallsInHalfOpenState: 10,
      maxWaitDurationInHalfOpenStateMs: 0,
      automaticTransitionFromOpenToHalfOpenEnabled: false,
    });
  });

  it('has the defaults of its source for each budget, and for the throttle', () => {
    const budget = (written: string) =>
      policyOptionsOf(read(`retry: { budget: ${written} }`)).budget;
    const finagle = { type: 'ratio', ratio: 0.2, floorPerS: 10, ttlMs: 10_000 };
    expect(budget('{}')).toEqual(finagle);
    expect(budget('{ type: ratio }')).toEqual(finagle);
    expect(budget('{ type: token-bucket }')).toEqual({
      type: 'token-bucket',
      ratio: 0.1,
      capacity: 100,
    });
    expect(budget('{ type: grpc }')).toEqual({ type: 'grpc', maxTokens: 10, tokenRatio: 0.1 });
    expect(budget('{ type: quota }')).toEqual({
      type: 'quota',
      capacity: 500,
      retryCost: 5,
      timeoutCost: 10,
      successRefill: 1,
    });
    expect(budget('{ type: failure-rate }')).toEqual({
      type: 'failure-rate',
      threshold: 0.1,
      windowMs: 10_000,
    });
    expect(policyOptionsOf(read('throttle: {}')).throttle).toEqual({
      multiplier: 2,
      windowMs: 120_000,
    });
  });

  it('may wait a fixed time, or none', () => {
    expect(read('retry: { backoff: { type: fixed } }').retry.backoff).toEqual({
      type: 'fixed',
      delay: 500,
    });
    expect(read('retry: { backoff: { type: none } }').retry.backoff).toEqual({ type: 'none' });
    expect(read('retry: { backoff: { max: 5s }, jitter: decorrelated }').retry).toMatchObject({
      backoff: { initial: 100, max: 5_000 },
      jitter: 'decorrelated',
    });
  });
});
