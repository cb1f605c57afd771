import { formatCount, formatDurationMs } from '../core/units.ts';
import { rampPieces } from '../policies/arrivals/ramp.ts';
import { expectedClicks, type RatePiece } from '../policies/arrivals/rate-profile.ts';
import { stepPieces } from '../policies/arrivals/steps.ts';
import { peopleOfShapes } from './arrival-shares.ts';
import { type CrossFinding, endsAtPath, opensAtPath, percent } from './cross-finding.ts';
import type { Path } from './document.ts';
import { openingMs } from './opening.ts';
import type { ArrivalOptions, Scenario } from './schema.ts';
import { expectedDevices } from './sessions.ts';

const arrivalsPath: Path = ['workload', 'arrivals'];
const usersPath: Path = ['workload', 'users'];

/** What is wrong between arrival shapes, their people and the sale that they are meant for. */
export function checkArrivals(scenario: Scenario): readonly CrossFinding[] {
  const shares = checkShares(scenario);
  return [
    ...shares,
    // Who has how many people is only known when the shares are right.
    ...(shares.length > 0 ? [] : checkPeople(scenario)),
    ...scenario.workload.arrivals.flatMap((shape, index) => [
      ...checkStart(shape, index, scenario),
      ...checkRates(shape, index, scenario),
    ]),
  ];
}

function checkShares({ workload }: Scenario): CrossFinding[] {
  const { arrivals } = workload;
  const found: CrossFinding[] = [];
  const sum = arrivals.reduce((total, { users }) => total + (users ?? 0), 0);
  const rest = arrivals.flatMap(({ users }, index) => (users === undefined ? [index] : []));
  const [, second] = rest;
  if (sum > 1 + 1e-9) {
    found.push({
      path: arrivalsPath,
      at: 'key',
      uses: [arrivalsPath],
      what: `the shares of users add up to ${percent(sum)}`,
      fix: 'lower them to 100% or less',
    });
  } else if (rest.length === 1 && sum > 1 - 1e-9) {
    found.push({
      path: [...arrivalsPath, rest[0] ?? 0],
      at: 'value',
      uses: [arrivalsPath],
      what: 'no users are left for this arrival shape: the others take 100%',
      fix: 'lower the share of another, or remove this one',
    });
  } else if (rest.length === 0 && sum === 0) {
    found.push({
      path: arrivalsPath,
      at: 'key',
      uses: [arrivalsPath],
      what: 'nobody comes: every share of users is 0%',
      fix: 'raise one of them',
    });
  }
  if (second !== undefined) {
    found.push({
      path: [...arrivalsPath, second],
      at: 'value',
      uses: [arrivalsPath],
      what: 'a second arrival shape has no share of users',
      fix: 'add users: …%; only one may take those that remain',
    });
  }
  return found;
}

/** Shapes that are to have people, and have none because a share comes to less than one. */
function checkPeople({ workload }: Scenario): CrossFinding[] {
  const { arrivals, users } = workload;
  const people = peopleOfShapes(workload);
  return arrivals.flatMap(({ users: share }, index): CrossFinding[] => {
    if (share === 0 || (people[index] ?? 0) > 0) return [];
    const path = [...arrivalsPath, index];
    const all = `${formatCount(users)} users`;
    return [
      {
        path,
        at: 'value',
        uses: [arrivalsPath, usersPath],
        what:
          share === undefined
            ? `of ${all} nobody is left for this arrival shape`
            : `${percent(share)} of ${all} is nobody`,
        fix: 'give this shape more, raise workload.users, or remove it',
      },
    ];
  });
}

/** When the first of a shape may come, and the key that says so: in ms from the opening. */
function startOf(
  shape: ArrivalOptions,
): { readonly key: string; readonly fromMs: number } | undefined {
  switch (shape.type) {
    case 'deadline':
      return { key: 'horizon', fromMs: -shape.horizon };
    case 'uniform':
    case 'poisson':
    case 'constant':
    case 'ramp':
    case 'steps':
      return { key: 'from', fromMs: shape.from };
    case 'herd':
    case 'exponential':
    case 'lognormal':
    case 'weibull':
    case 'trace':
      return undefined;
  }
}

function checkStart(shape: ArrivalOptions, index: number, scenario: Scenario): CrossFinding[] {
  const start = startOf(shape);
  if (start === undefined) return [];
  const path = [...arrivalsPath, index, start.key];
  const opensMs = openingMs(scenario);
  const startMs = opensMs + start.fromMs;
  const finding = (what: string, fix: string): CrossFinding[] => [
    { path, at: 'value', uses: [path, opensAtPath, endsAtPath], what, fix },
  ];
  if (startMs < 0) {
    const early = formatDurationMs(-start.fromMs);
    const remedy = shape.type === 'deadline' ? 'shorten it' : 'make it later';
    return finding(
      `people would come ${early} before the opening, which is ${formatDurationMs(opensMs)} after t = 0`,
      typeof scenario.sale.opensAt === 'string'
        ? `${remedy}: before an absolute opening people wait for ${formatDurationMs(opensMs)}`
        : `${remedy}, or make sale.opensAt later`,
    );
  }
  if (startMs < scenario.workload.endsAt) return [];
  return finding(
    `the first would come at ${formatDurationMs(startMs)}, when the workload has ended`,
    `make it earlier than workload.endsAt (${formatDurationMs(scenario.workload.endsAt)} from t = 0)`,
  );
}

/** Streams that never flow, or run dry before all of their people have come. */
function checkRates(shape: ArrivalOptions, index: number, scenario: Scenario): CrossFinding[] {
  if (shape.type !== 'ramp' && shape.type !== 'steps') return [];
  const path = [...arrivalsPath, index];
  const finding = (at: Path, what: string, fix: string): CrossFinding[] => [
    { path: at, at: 'value', uses: [arrivalsPath, ...peoplePaths], what, fix },
  ];
  if (shape.type === 'steps') {
    const endless = shape.levels.slice(0, -1).findIndex((level) => level.for === undefined);
    if (endless >= 0) {
      return finding(
        [...path, 'levels', endless],
        'this level never ends, and others follow it',
        'add for: 2s; only the last level may leave it out',
      );
    }
  }
  const pieces = shape.type === 'ramp' ? rampPieces(shape) : stepPieces(shape.levels);
  if (expectedClicks(pieces) === 0) {
    return finding(path, 'nobody would come: the rate is 0/s throughout', 'raise a rate');
  }
  const devices = devicesOf(index, scenario);
  if (!isTooLittle(pieces, devices)) return [];
  return finding(
    path,
    `the rate ends after about ${formatCount(expectedClicks(pieces))} clicks, and ${formatCount(devices)} devices are to come`,
    shape.type === 'ramp'
      ? 'raise startRate, lengthen for, or give this shape fewer users'
      : 'raise a rate, leave for out of the last level, or give this shape fewer users',
  );
}

const peoplePaths: readonly Path[] = [usersPath, ['workload', 'devicesPerUser']];

/** Devices of a shape, on average. */
function devicesOf(index: number, { workload }: Scenario): number {
  const users = peopleOfShapes(workload)[index] ?? 0;
  return expectedDevices({ ...workload, users });
}

/** Chance makes no difference of five standard deviations. */
function isTooLittle(pieces: readonly RatePiece[], devices: number): boolean {
  const expected = expectedClicks(pieces);
  return expected + 5 * Math.sqrt(expected) < devices;
}
