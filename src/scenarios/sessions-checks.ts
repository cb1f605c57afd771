import { formatCount } from '../core/units.ts';
import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';
import { expectedDevices, expectedPurchases } from './sessions.ts';

/** More planned purchases than this need more memory than a load generator should have. */
const purchasesMax = 2_000_000;

const modelPath: Path = ['workload', 'model'];
const sessionKeys = ['thinkTime', 'stayProbability', 'maxPurchases'] as const;

/** What is wrong between the workload's model and the keys that only some models have. */
export function checkSessions({ workload }: Scenario): readonly CrossFinding[] {
  const { model } = workload;
  const given = sessionKeys.filter((key) => workload[key] !== undefined);
  const superfluous = given.filter((key) => model === 'open' || !keysOfModel[model].includes(key));
  const lacking =
    model === 'open'
      ? []
      : keysOfModel[model].filter((key) => adviceFor[key] !== '' && !given.includes(key));
  return [
    ...superfluous.map((key): CrossFinding => {
      const path: Path = ['workload', key];
      return {
        path,
        at: 'key',
        uses: [path, modelPath],
        what: `the ${model} model has no ${key}`,
        fix:
          model === 'open'
            ? 'remove it, or add model: closed or model: partly-open'
            : 'remove it, or write model: partly-open',
      };
    }),
    ...lacking.map(
      (key): CrossFinding => ({
        path: modelPath,
        at: 'value',
        uses: [modelPath, ['workload', key]],
        what: `the ${model} model needs ${key}`,
        fix: adviceFor[key],
      }),
    ),
    ...checkPurchases(workload),
  ];
}

type SessionKey = (typeof sessionKeys)[number];

const keysOfModel: Readonly<Record<'closed' | 'partly-open', readonly SessionKey[]>> = {
  closed: ['thinkTime', 'maxPurchases'],
  'partly-open': ['thinkTime', 'stayProbability', 'maxPurchases'],
};

/** What to add; empty for a key that has a default. */
const adviceFor: Readonly<Record<SessionKey, string>> = {
  thinkTime: 'add thinkTime: { exponential: 1s }, or 0s for none',
  stayProbability: 'add stayProbability: 50%, the probability of one more purchase after each',
  maxPurchases: '',
};

function checkPurchases(workload: Scenario['workload']): CrossFinding[] {
  const each = expectedPurchases(workload);
  const devices = expectedDevices(workload);
  if (workload.model === 'open' || devices * each <= purchasesMax) return [];
  const path: Path = ['workload', 'maxPurchases'];
  return [
    {
      path,
      at: 'value',
      uses: [
        path,
        modelPath,
        ['workload', 'stayProbability'],
        ['workload', 'users'],
        ['workload', 'devicesPerUser'],
      ],
      what: `${formatCount(devices)} devices with ${formatCount(each)} purchases each make ${formatCount(devices * each)}`,
      fix: `lower maxPurchases (left out, it is 100): ${purchasesMax} together is the most`,
    },
  ];
}
