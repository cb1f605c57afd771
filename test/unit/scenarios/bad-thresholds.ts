import { withText } from './scenario-text.ts';

const thresholds = (text: string): string => withText('  oversell: 0\n', `  ${text}\n`);

const couldEnd =
  'these can end a run: oversell, attempts, amplification, timeouts, rateLimited, and order.p50 to order.max';

/** Thresholds that cannot end a run, and what should be said: as `bad`. */
export const badThresholds: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'an end by what is known only afterwards',
    thresholds('undersell: { limit: 0, abortOnFail: true }'),
    [
      `16:26 thresholds.undersell.abortOnFail | undersell is known only when the run is over, and cannot end it | remove abortOnFail; ${couldEnd}`,
    ],
  ],
  [
    'an end by a limit from below',
    thresholds('attempts: { limit: "> 5", abortOnFail: true }'),
    [
      '16:29 thresholds.attempts.abortOnFail | a limit from below ends the run at once: at the opening attempts is 0 | write a limit from above, such as "< 800ms", or remove abortOnFail',
    ],
  ],
  [
    'a delay of an end that never comes',
    thresholds('oversell: { limit: 0, delayAbortEval: 2s }'),
    [
      '16:25 thresholds.oversell.delayAbortEval | delayAbortEval is of no use without abortOnFail | add abortOnFail: true, or remove it',
    ],
  ],
  [
    'an end by units that may come back',
    thresholds('oversell: { limit: 0, abortOnFail: true }').replace(
      '  endsAt: 5s',
      '  cancel: { probability: 0.5, delay: 1s }\n  endsAt: 5s',
    ),
    [
      '17:25 thresholds.oversell.abortOnFail | where orders are cancelled, oversell is known only when the run is over | remove abortOnFail, or workload.cancel',
    ],
  ],
  [
    'a limit that cannot be read',
    thresholds('oversell: { limit: few, abortOnFail: true }'),
    [
      '16:22 thresholds.oversell.limit | limit cannot be "few" | write a number such as 0, or a comparison such as "< 800ms"',
    ],
  ],
  [
    'no limit',
    thresholds('oversell: { abortOnFail: true }'),
    [
      '16:3 thresholds.oversell.limit | "limit" is missing | add it: write a number such as 0, or a comparison such as "< 800ms"',
    ],
  ],
];
