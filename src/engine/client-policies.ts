import { type Rng, rngFor } from '../core/rng.ts';
import type { CircuitBreakerOptions } from '../policies/breakers/circuit-breaker.ts';
import type { RetryBudgetOptions } from '../policies/retries/budgets/registry.ts';
import { ClientPolicy, type ClientPolicyOptions } from '../policies/retries/client-policy.ts';
import type { ClientOptions } from '../scenarios/client-schema.ts';
import { type Group, groupIndexOf, groupsOf } from '../scenarios/groups.ts';
import type { Scenario } from '../scenarios/schema.ts';

/** More than a person can have. */
const devicesMax = 128;

/** Who a device is to those who share a budget, a throttle and a breaker. */
interface Sharer {
  readonly user: number;
  /** Which of the user's devices, from 0. */
  readonly device: number;
}

/**
 * The policies of one load-generating process: one for all its devices, or one for each person or
 * device, as `client.scope` says. Made when first needed, for people may be a million.
 */
class ClientPolicies {
  readonly #options: ClientPolicyOptions;
  readonly #scope: ClientOptions['scope'];
  readonly #byScope = new Map<number, ClientPolicy>();

  constructor(client: ClientOptions) {
    this.#options = policyOptionsOf(client);
    const { budget, throttle, circuitBreaker } = this.#options;
    // Where nothing is shared, one will do for all.
    const shares = (budget ?? throttle ?? circuitBreaker) !== undefined;
    this.#scope = shares ? client.scope : 'process';
  }

  of(device: Sharer): ClientPolicy {
    const number = this.#numberOf(device);
    let policy = this.#byScope.get(number);
    if (policy === undefined) {
      policy = new ClientPolicy(this.#options);
      this.#byScope.set(number, policy);
    }
    return policy;
  }

  #numberOf({ user, device }: Sharer): number {
    switch (this.#scope) {
      case 'process':
        return 0;
      case 'user':
        return user;
      case 'device':
        return user * devicesMax + device;
    }
  }
}

/** The policies of one load-generating process, with those of groups that retry in their own way. */
export class GroupPolicies {
  readonly #groups: readonly Group[];
  readonly #policies: readonly ClientPolicies[];

  constructor({ workload, client }: Pick<Scenario, 'workload' | 'client'>) {
    this.#groups = groupsOf(workload);
    const usual = new ClientPolicies(client);
    this.#policies = this.#groups.map(({ retry }) =>
      retry === undefined ? usual : new ClientPolicies({ ...client, retry }),
    );
  }

  of(device: Sharer): ClientPolicy {
    const index = this.#policies.length === 1 ? 0 : groupIndexOf(this.#groups, device.user);
    const policies = this.#policies[index];
    if (policies === undefined) throw new Error('every user is in a group');
    return policies.of(device);
  }
}

/** A scenario's settings as the policies take them. */
export function policyOptionsOf(client: ClientOptions): ClientPolicyOptions {
  const { retry, throttle, circuitBreaker } = client;
  const { budget } = retry;
  return {
    retry,
    budget: budget && budgetOptionsOf(budget),
    throttle: throttle && { multiplier: throttle.multiplier, windowMs: throttle.window },
    circuitBreaker: circuitBreaker && breakerOptionsOf(circuitBreaker),
  };
}

function budgetOptionsOf(
  budget: NonNullable<ClientOptions['retry']['budget']>,
): RetryBudgetOptions {
  switch (budget.type) {
    case 'ratio':
    case undefined:
      return { type: 'ratio', ratio: budget.ratio, floorPerS: budget.floor, ttlMs: budget.ttl };
    case 'failure-rate':
      return { type: budget.type, threshold: budget.threshold, windowMs: budget.window };
    case 'token-bucket':
    case 'grpc':
    case 'quota':
      return budget;
  }
}

function breakerOptionsOf(
  breaker: NonNullable<ClientOptions['circuitBreaker']>,
): CircuitBreakerOptions {
  const {
    slowCallDurationThreshold,
    waitDurationInOpenState,
    maxWaitDurationInHalfOpenState,
    ...rest
  } = breaker;
  return {
    ...rest,
    slowCallDurationThresholdMs: slowCallDurationThreshold,
    waitDurationInOpenStateMs: waitDurationInOpenState,
    maxWaitDurationInHalfOpenStateMs: maxWaitDurationInHalfOpenState,
  };
}

/** The random stream of one decision to hold an attempt back: the same whatever worker makes it. */
export function throttleRng(seed: number, intent: number, attempt: number): Rng {
  // Most scenarios throttle nothing, and then nobody draws.
  return { next: () => rngFor(seed, 'throttle', intent, attempt).next() };
}
