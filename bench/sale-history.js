/**
 * A made-up history of n attempts on a sale that a serial server served: about 35 % pages, 5 %
 * logins and 60 % orders, most of them told sold-out or limited. 500 units a million attempts, an
 * opening, a token bucket and a device cap per person, retries, timeouts of which half were sold, and
 * a snapshot with rows and ledger that agrees with it all. A function of n alone.
 */
import { nsPerMs, nsPerS } from '../dist/core/clock.js';
import { rngFor } from '../dist/core/rng.js';
import { makePlan, planHash } from '../dist/engine/plan.js';
import { keyOf, userIdOf } from '../dist/history/attempt.js';
import { AttemptStore, sortedChunkRows } from '../dist/history/store.js';
import { ascendingOrder } from '../dist/history/time-order.js';
import { scenarioSchema } from '../dist/scenarios/schema.js';

const runId = 'bench';
const seed = 42;
const epoch = { seconds: 0, nanoseconds: 0, wallMs: 1_700_000_000_000 };
const openingNs = 5 * nsPerS;
const lengthNs = 60 * nsPerS;
/** When the server decides, after the first byte was sent: the same for all, so it serves in order of sending. */
const decisionNs = nsPerMs;
const [burst, refillPerNs] = [3, 0.5 / nsPerS];
const [maximumSessions, limitPerUser] = [2, 2];
/** What a device does: logs in, looks at pages, orders. 5 % : 35 % : 60 %. */
const [pagesPerDevice, intentsPerDevice, attemptsPerIntent] = [7, 6, 3];
/** Click later than the sale runs, so that some planned attempts of devices are never made. */
const shareMade = 0.83;

const kinds = { login: 0, page: 1, order: 2 };

function contractOf(stock) {
  return {
    products: [{ id: 'sneaker-42', stock, limitPerUser }],
    maximumSessions,
    onExceed: 'terminate-oldest',
    graceMs: 0,
    rateLimit: {
      algorithm: 'token-bucket',
      key: 'user',
      limit: burst,
      windowMs: burst / refillPerNs / nsPerMs,
    },
    opensAtMs: epoch.wallMs + openingNs / nsPerMs,
  };
}

/** A scenario with as many people: `audit` makes its plan again. */
function scenarioOf(users, stock) {
  return scenarioSchema.parse({
    name: 'bench-audit',
    seed,
    target: { http: { baseUrl: 'http://localhost' } },
    sale: { products: [{ id: 'sneaker-42', stock }] },
    workload: { users, arrivals: [{ type: 'herd' }] },
  });
}

/** Users by device: one device of three people, two of the fourth, three of every twentieth. */
function usersOf(devices) {
  const [users, numbers] = [new Uint32Array(devices), new Uint8Array(devices)];
  let user = -1;
  for (let device = 0, left = 0; device < devices; device += 1) {
    if (left === 0) {
      user += 1;
      left = user % 20 === 19 ? 3 : user % 4 === 3 ? 2 : 1;
    } else {
      numbers[device] = numbers[device - 1] + 1;
    }
    users[device] = user;
    left -= 1;
  }
  return { users, numbers, count: user + 1 };
}

/** What everybody means to do and when, in columns; sorted by the time it is sent. */
function planOf(devices, rng) {
  const perDevice = 1 + pagesPerDevice + intentsPerDevice * attemptsPerIntent;
  const count = devices * perDevice;
  const plan = {
    sentNs: new Float64Array(count),
    kind: new Uint8Array(count),
    device: new Uint32Array(count),
    intent: new Int32Array(count).fill(-1),
    attempt: new Uint8Array(count).fill(1),
  };
  let at = 0;
  const add = (device, kind, sentNs) => {
    plan.device[at] = device;
    plan.kind[at] = kind;
    plan.sentNs[at] = Math.floor(sentNs);
    at += 1;
    return at - 1;
  };
  for (let device = 0; device < devices; device += 1) {
    add(device, kinds.login, rng.next() * (openingNs - nsPerS));
    for (let page = 0; page < pagesPerDevice; page += 1) {
      add(device, kinds.page, openingNs - nsPerS + rng.next() * lengthNs);
    }
    for (let number = 0; number < intentsPerDevice; number += 1) {
      // A tenth clicks before the opening; the herd right after it; the rest over the whole sale.
      const draw = rng.next();
      const early = openingNs - rng.next() * nsPerS * 0.2;
      const late = openingNs + rng.next() ** (number === 0 ? 4 : 1) * lengthNs;
      let sentNs = number === 0 && draw < 0.1 ? early : late;
      for (let attempt = 1; attempt <= attemptsPerIntent; attempt += 1) {
        const row = add(device, kinds.order, sentNs);
        plan.intent[row] = device * intentsPerDevice + number;
        plan.attempt[row] = attempt;
        sentNs += 5.2 * nsPerS + rng.next() * nsPerS * attempt;
      }
    }
  }
  return plan;
}

/** The server: decides one request after the other. */
class SerialServer {
  #tokens;
  #filledNs;
  #sessions;
  #bought;
  #final = new Map();

  constructor(users, stock) {
    this.left = stock;
    this.rows = [];
    this.ledger = [];
    this.#tokens = new Float64Array(users).fill(burst);
    this.#filledNs = new Float64Array(users);
    this.#bought = new Uint8Array(users);
    // The two newest sessions of each person, oldest first; device numbers from 1.
    this.#sessions = new Uint8Array(users * maximumSessions);
  }

  login(user, device) {
    const base = user * maximumSessions;
    this.#sessions[base] = this.#sessions[base + 1];
    this.#sessions[base + 1] = device + 1;
  }

  /** A refusal at the door, or undefined: the request may come in. */
  refusal(user, device, atNs) {
    const base = user * maximumSessions;
    const known = this.#sessions[base] === device + 1 || this.#sessions[base + 1] === device + 1;
    if (!known) return refusals.unauthorized;
    const filled = this.#tokens[user] + (atNs - this.#filledNs[user]) * refillPerNs;
    this.#filledNs[user] = atNs;
    this.#tokens[user] = Math.min(burst, filled);
    if (this.#tokens[user] < 1) return refusals.limited;
    this.#tokens[user] -= 1;
    return undefined;
  }

  order(user, intent, atNs) {
    const known = this.#final.get(intent);
    if (known !== undefined) return known;
    if (atNs < openingNs) return refusals['not-open'];
    if (this.#bought[user] >= limitPerUser) return refusals['limit-per-user'];
    if (this.left === 0) return refusals['sold-out'];
    this.left -= 1;
    this.#bought[user] += 1;
    const [id, key] = [`o-${intent}`, keyOf(runId, intent, 0)];
    const productId = 'sneaker-42';
    this.rows.push({
      id,
      key,
      userId: userIdOf(user),
      productId,
      quantity: 1,
      status: 'confirmed',
    });
    const seq = this.ledger.length + 1;
    this.ledger.push({ seq, key, productId, delta: -1, stockAfter: this.left });
    const told = answer('ok', 'ok', 201, { orderId: id, remaining: this.left });
    this.#final.set(intent, told);
    return told;
  }
}

/** An attempt with its answer. Every one has the same fields in the same order, which is quick. */
function attemptOf(request, answer, firstByteNs, doneNs) {
  const { operation, user, device, intent, attempt, sentNs } = request;
  const isOrder = operation === 'order';
  return {
    operation,
    user,
    device,
    intent,
    attempt,
    keyVariant: 0,
    product: operation === 'login' ? -1 : 0,
    quantity: isOrder ? 1 : 0,
    scheduledNs: sentNs - 30_000,
    sentNs,
    firstByteNs,
    doneNs,
    status: answer.status,
    outcome: answer.outcome,
    code: answer.code,
    orderId: answer.orderId,
    remaining: answer.remaining,
    retryAfterMs: answer.retryAfterMs,
    instance: request.connection % 2 === 0 ? 'p1' : 'p2',
    connection: request.connection,
    worker: request.connection % 3,
  };
}

function answer(code, outcome, status, more = {}) {
  const { orderId, remaining, retryAfterMs } = more;
  return { code, outcome, status, orderId, remaining, retryAfterMs };
}

const refusals = {
  'sold-out': answer('sold-out', 'fail', 409),
  'limit-per-user': answer('limit-per-user', 'fail', 409),
  'not-open': answer('not-open', 'fail', 403),
  unauthorized: answer('unauthorized', 'fail', 401),
  limited: answer('limited', 'fail', 429, { retryAfterMs: 2000 }),
};
const served = answer('ok', 'ok', 200);
const timedOut = answer('timeout', 'info', 0);

/** Asks the server, and loses one answer to an order in five hundred on its way back. */
function asked(server, request, rng) {
  const { operation, user, device, intent, sentNs } = request;
  const atNs = sentNs + decisionNs;
  let told = served;
  if (operation === 'login') server.login(user, device);
  else told = server.refusal(user, device, atNs) ?? told;
  if (operation === 'order' && told === served) told = server.order(user, intent, atNs);
  if (operation === 'order' && rng.next() < 0.002) {
    return attemptOf(request, timedOut, Number.NaN, sentNs + 5 * nsPerS);
  }
  const doneNs = Math.floor(atNs + rng.next() ** 4 * 200 * nsPerMs) + 50_000;
  return attemptOf(request, told, doneNs - 20_000, doneNs);
}

/** All that a run folder holds: `{ manifest, attempts, truth }`. */
export function saleHistory(attemptCount) {
  const rng = rngFor(seed, 'bench-audit', attemptCount);
  const devices = Math.ceil((attemptCount / 20) * 1.08);
  const { users, numbers, count: userCount } = usersOf(devices);
  const plan = planOf(devices, rng);
  const stock = Math.max(1, Math.round(attemptCount / 2000));
  const server = new SerialServer(userCount, stock);
  // In chunks as a run leaves its record.
  const attempts = new AttemptStore(sortedChunkRows);
  /** Intents that were told something final; some people click again all the same. */
  const ended = new Uint8Array(devices * intentsPerDevice);
  for (const row of ascendingOrder(plan.sentNs)) {
    if (attempts.length === attemptCount) break;
    const device = plan.device[row];
    const [intent, sentNs] = [plan.intent[row], plan.sentNs[row]];
    if (intent >= 0 && ended[intent] === 1) continue;
    if (intent >= 0 && rng.next() > shareMade) continue;
    const operation = intent >= 0 ? 'order' : plan.kind[row] === kinds.login ? 'login' : 'page';
    const attempt = asked(
      server,
      {
        operation,
        user: users[device],
        device: numbers[device],
        intent,
        attempt: plan.attempt[row],
        sentNs,
        connection: device,
      },
      rng,
    );
    attempts.append(attempt);
    if (intent >= 0) ended[intent] = attempt.outcome === 'ok' || rng.next() < 0.2 ? 1 : 0;
  }
  return { ...recordOf(server, userCount, stock), attempts };
}

function recordOf(server, users, stock) {
  const contract = contractOf(stock);
  const scenario = scenarioOf(users, stock);
  const manifest = {
    runId,
    name: 'bench-audit',
    flashsim: '0.0.0',
    node: process.version,
    platform: 'any',
    seed,
    scenarioHash: '',
    scenario,
    contract,
    epoch,
    startedAtMs: epoch.wallMs,
    wallMs: 120_000,
    plan: { hash: planHash(makePlan(scenario, seed, openingNs)) },
    opening: {
      zeroNs: 0,
      opensNs: openingNs,
      opensAtMs: contract.opensAtMs,
      closesAtMs: undefined,
      connections: 0,
      warmConnections: 0,
      perInstance: {},
    },
    faults: [],
    events: [],
    control: {
      state: 'skipped',
      stock: 0,
      soldUnits: 0,
      attempts: 0,
      durationMs: 0,
      reason: 'there was no server',
    },
    incidents: [],
    warnings: [],
    workers: [],
    rssMaxBytes: 0,
    targetDescription: 'a made-up server',
    replay: '',
    interrupted: false,
    quiesced: true,
    truthNote: undefined,
    exclusive: true,
  };
  const truth = {
    schemaVersion: 1,
    runId,
    takenAtMs: epoch.wallMs + 120_000,
    products: [{ id: 'sneaker-42', initial: stock, remaining: server.left }],
    orders: server.rows,
    ledger: server.ledger,
  };
  return { manifest, truth };
}
