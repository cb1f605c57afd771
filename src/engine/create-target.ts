import type { Secrets } from '../core/secrets.ts';
import type { Contract } from '../history/contract.ts';
import { capturedOpening } from '../scenarios/opening.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { targets } from '../targets/registry.ts';
import type { Target } from '../targets/target.ts';
import { gatewayLimitOf, sessionSettingsOf, waitingRoomOf } from './gateway-options.ts';

/** What a scenario's target is made with. */
export interface CreateTargetOptions {
  readonly runId: string;
  readonly scenario: Scenario;
  /** Consent of the command line to leave loopback. */
  readonly allowRemote: boolean;
  /** Where paths in the scenario count from; left out, the working directory. */
  readonly folder?: string;
  /** What no message of the target shows; it adds what it comes across. */
  readonly secrets?: Secrets;
}

/** Makes the target that a scenario names; nothing is started yet. */
export function createTarget({
  runId,
  scenario,
  allowRemote,
  folder,
  secrets,
}: CreateTargetOptions): Promise<Target> {
  const { target, sale, allowHosts } = scenario;
  const context = {
    runId,
    products: sale.products.map(({ id, stock, limitPerUser }) => ({
      id,
      stock,
      ...(limitPerUser === undefined ? {} : { limitPerUser }),
    })),
    allowRemote,
    allowHosts,
  };
  if (target.http !== undefined) {
    const { contract, ...http } = target.http;
    const { saleWindow } = contract;
    const own = { ...http, saleWindow, contract: promised(contract), ...openingOf(sale) };
    const people = { folder: folder ?? '.', people: scenario.workload.users };
    const known = secrets === undefined ? {} : { secrets };
    return targets.http.create(own, { ...context, ...people, ...known });
  }
  const { reference } = target;
  if (reference === undefined) throw new Error('a validated scenario names a target');
  const { rateLimiter, waitingRoom, threadPool } = reference;
  const { strategy, store, warmUp, recovery, lock, ...rest } = reference.stock;
  const settings = { ...rest, lock: { ttlMs: lock.ttl, token: lock.token } };
  return targets.reference.create(
    {
      ...reference,
      stock: {
        strategy,
        store,
        settings,
        strategies: strategiesOf(sale),
        warmUp:
          typeof warmUp === 'string'
            ? { kind: warmUp }
            : { kind: 'scheduled', leadMs: warmUp.scheduled },
        recovery,
      },
      publishTimeoutMs: reference.publishTimeout,
      stores: { ...reference.stores, postgres: reference.stores.postgres },
      sessions: sessionSettingsOf(reference.sessions),
      rateLimiter: rateLimiter && gatewayLimitOf(rateLimiter),
      waitingRoom: waitingRoom && waitingRoomOf(waitingRoom, scenario.seed),
      threadPool: threadPool && { size: threadPool.size, serviceTimeMs: threadPool.serviceTime },
    },
    context,
  );
}

/** The strategies of products that have one of their own, by the product's id. */
function strategiesOf({ products }: Scenario['sale']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    products.flatMap(({ id, strategy }) => (strategy === undefined ? [] : [[id, strategy]])),
  );
}

/** The setup request's capture that the opening is; nothing when the scenario says when it is. */
function openingOf({ opensAt }: Scenario['sale']): { readonly openingCapture?: string } {
  const openingCapture = capturedOpening(opensAt);
  return openingCapture === undefined ? {} : { openingCapture };
}

type WrittenContract = NonNullable<Scenario['target']['http']>['contract'];

/** The declared contract in the units of the program. */
function promised(written: WrittenContract): Partial<Omit<Contract, 'products'>> {
  const { maximumSessions, onExceed, rateLimit, grace, completion, clockTolerance } = written;
  const { exactRemaining, rejectsKeyReuse, endsOnLogout, sessionLife } = written;
  return {
    ...(maximumSessions === undefined ? {} : { maximumSessions }),
    ...(onExceed === undefined ? {} : { onExceed }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(sessionLife === undefined ? {} : { sessionLifeMs: sessionLife }),
    ...(endsOnLogout === undefined ? {} : { endsOnLogout }),
    ...(completion === undefined ? {} : { completionMs: completion }),
    ...(clockTolerance === undefined ? {} : { clockToleranceMs: clockTolerance }),
    ...(exactRemaining === undefined ? {} : { exactRemaining }),
    ...(rejectsKeyReuse === undefined ? {} : { rejectsKeyReuse }),
    ...(rateLimit === undefined
      ? {}
      : {
          rateLimit: {
            algorithm: rateLimit.algorithm,
            key: rateLimit.key,
            limit: rateLimit.limit,
            windowMs: rateLimit.window,
            ...(rateLimit.operations === undefined ? {} : { operations: rateLimit.operations }),
          },
        }),
  };
}
