import { withText } from './scenario-text.ts';

/** The good scenario with another second shape. */
const shape = (written: string): string =>
  withText('{ type: weibull, shape: 0.7, mean: 1s }', written);
/** The good scenario with more keys in its workload. */
const workload = (keys: string): string => withText('users: 10', `users: 10\n  ${keys}`);

/** Scenarios whose arrivals or sessions are wrong, with all that should be said of them. */
export const badArrivals: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'a mean of nothing',
    shape('{ type: exponential, mean: 0s }'),
    [
      '14:34 workload.arrivals[1].mean | mean cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a median of nothing',
    shape('{ type: lognormal, median: 0s, sigma: 1 }'),
    [
      '14:34 workload.arrivals[1].median | median cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a negative sigma',
    shape('{ type: lognormal, median: 1s, sigma: -1 }'),
    ['14:45 workload.arrivals[1].sigma | sigma cannot be -1 | write a number from 0 to 5'],
  ],
  [
    'a reaction time with neither median nor sigma',
    shape('{ type: herd, reaction: { lognormal: { median: 0s, sigma: -0.5 } } }'),
    [
      '14:54 workload.arrivals[1].reaction.lognormal.median | median cannot be "0s" | write a duration longer than 0, such as 250ms',
      '14:65 workload.arrivals[1].reaction.lognormal.sigma | sigma cannot be -0.5 | write a number from 0 to 5',
    ],
  ],
  [
    'a negative clock skew',
    shape('{ type: herd, clockSkew: -50ms }'),
    [
      '14:32 workload.arrivals[1].clockSkew | clockSkew cannot be "-50ms" | write a duration with its unit, such as 250ms',
    ],
  ],
  [
    'a shape and a mean of 0',
    shape('{ type: weibull, shape: 0, mean: 0s }'),
    [
      '14:31 workload.arrivals[1].shape | shape cannot be 0 | write a number from 0.01 to 100',
      '14:40 workload.arrivals[1].mean | mean cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a Poisson stream that does not flow',
    shape('{ type: poisson, rate: 0/s }'),
    ['14:30 workload.arrivals[1].rate | rate cannot be "0/s" | write a rate above 0/s'],
  ],
  [
    'a constant stream that does not flow',
    shape('{ type: constant, rate: 0/s }'),
    ['14:31 workload.arrivals[1].rate | rate cannot be "0/s" | write a rate above 0/s'],
  ],
  [
    'a window of nothing',
    shape('{ type: uniform, within: 0s }'),
    [
      '14:32 workload.arrivals[1].within | within cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a deadline without a horizon',
    shape('{ type: deadline, horizon: 0s, epsilon: 0s }'),
    [
      '14:34 workload.arrivals[1].horizon | horizon cannot be "0s" | write a duration longer than 0, such as 250ms',
      '14:47 workload.arrivals[1].epsilon | epsilon cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a horizon before t = 0',
    shape('{ type: deadline, horizon: 2s }'),
    [
      '14:34 workload.arrivals[1].horizon | people would come 2.00 s before the opening, which is 1.00 s after t = 0 | shorten it, or make sale.opensAt later',
    ],
  ],
  [
    'a horizon before the wait for an absolute opening',
    shape('{ type: deadline, horizon: 4s }').replace('1s', '"2026-11-27T10:00:05Z"'),
    [
      '14:34 workload.arrivals[1].horizon | people would come 4.00 s before the opening, which is 3.00 s after t = 0 | shorten it: before an absolute opening people wait for 3.00 s',
    ],
  ],
  [
    'a stream from before t = 0',
    shape('{ type: poisson, rate: 1/s, from: -2s }'),
    [
      '14:41 workload.arrivals[1].from | people would come 2.00 s before the opening, which is 1.00 s after t = 0 | make it later, or make sale.opensAt later',
    ],
  ],
  [
    'a stream that begins when all is over',
    shape('{ type: constant, rate: 1/s, from: 4s }'),
    [
      '14:42 workload.arrivals[1].from | the first would come at 5.00 s, when the workload has ended | make it earlier than workload.endsAt (5.00 s from t = 0)',
    ],
  ],
  [
    'a start that is no duration',
    shape('{ type: constant, rate: 1/s, from: --4s }'),
    [
      '14:42 workload.arrivals[1].from | from cannot be "--4s" | write a duration with its unit, such as -500ms',
    ],
  ],
  [
    'a ramp whose rate is 0 throughout',
    shape('{ type: ramp, startRate: 0/s, targetRate: 0/s, for: 1s }'),
    ['14:7 workload.arrivals[1] | nobody would come: the rate is 0/s throughout | raise a rate'],
  ],
  [
    'a ramp of negative, bare and sudden values',
    shape('{ type: ramp, startRate: -1/s, targetRate: 10, for: 0s }'),
    [
      '14:32 workload.arrivals[1].startRate | startRate cannot be "-1/s" | write a rate with its unit, such as 500/s',
      '14:50 workload.arrivals[1].targetRate | targetRate cannot be 10 | write a rate with its unit, such as 500/s',
      '14:59 workload.arrivals[1].for | for cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'steps whose rate is 0 throughout',
    shape('{ type: steps, levels: [{ rate: 0/s, for: 1s }, { rate: 0/s }] }'),
    ['14:7 workload.arrivals[1] | nobody would come: the rate is 0/s throughout | raise a rate'],
  ],
  [
    'steps without a level',
    shape('{ type: steps, levels: [] }'),
    [
      '14:30 workload.arrivals[1].levels | levels cannot be an empty list | name at least one level',
    ],
  ],
  [
    'a level that never ends before another',
    shape('{ type: steps, levels: [{ rate: 1/s }, { rate: 2/s }] }'),
    [
      '14:31 workload.arrivals[1].levels[0] | this level never ends, and others follow it | add for: 2s; only the last level may leave it out',
    ],
  ],
  [
    'steps that end before their people have come',
    shape('{ type: steps, levels: [{ rate: 10/s, for: 300ms }] }').replace(
      'users: 10',
      'users: 1000',
    ),
    [
      '14:7 workload.arrivals[1] | the rate ends after about 3 clicks, and 560 devices are to come | raise a rate, leave for out of the last level, or give this shape fewer users',
    ],
  ],
  [
    'a ramp that ends before its people have come',
    shape('{ type: ramp, startRate: 10/s, targetRate: 0/s, for: 1s }').replace(
      'users: 10',
      'users: 1000',
    ),
    [
      '14:7 workload.arrivals[1] | the rate ends after about 5 clicks, and 560 devices are to come | raise startRate, lengthen for, or give this shape fewer users',
    ],
  ],
  [
    'a share that is nobody',
    withText('users: 60%', 'users: 1%'),
    [
      '13:7 workload.arrivals[0] | 1% of 10 users is nobody | give this shape more, raise workload.users, or remove it',
    ],
  ],
  [
    'shares that leave nobody for the rest',
    withText('users: 60%', 'users: 99%'),
    [
      '14:7 workload.arrivals[1] | of 10 users nobody is left for this arrival shape | give this shape more, raise workload.users, or remove it',
    ],
  ],
  [
    'shares that leave nobody at all',
    withText('users: 60% }\n    - { type: weibull, shape: 0.7, mean: 1s }', 'users: 0% }'),
    ['12:3 workload.arrivals | nobody comes: every share of users is 0% | raise one of them'],
  ],
  [
    'shares over 100%',
    withText('users: 60%', 'users: 60% }\n    - { type: uniform, users: 50%').replace(
      'weibull,',
      'weibull, users: 10%,',
    ),
    ['12:3 workload.arrivals | the shares of users add up to 120% | lower them to 100% or less'],
  ],
  [
    'an unknown popularity',
    workload('popularity: zipff'),
    ['10:15 workload.popularity | popularity cannot be "zipff" | write uniform, or { zipf: 1 }'],
  ],
  [
    'an unknown law of popularity',
    workload('popularity: { zipff: 1 }'),
    ['10:17 workload.popularity.zipff | unknown key "zipff" | did you mean "zipf"?'],
  ],
  [
    'a negative exponent',
    workload('popularity: { zipf: -1 }'),
    ['10:23 workload.popularity.zipf | zipf cannot be -1 | write a number from 0 to 10'],
  ],
  [
    'an exponent that is no number',
    workload('popularity: { zipf: steep }'),
    ['10:23 workload.popularity.zipf | zipf cannot be "steep" | write a number from 0 to 10'],
  ],
  [
    'a popularity that is a list',
    workload('popularity: [1]'),
    ['10:15 workload.popularity | popularity cannot be a list | write uniform, or { zipf: 1 }'],
  ],
  [
    'an unknown model',
    workload('model: semi-open'),
    ['10:10 workload.model | model cannot be "semi-open" | write open, closed or partly-open'],
  ],
  [
    'an open model with keys of the others',
    workload('thinkTime: 1s\n  maxPurchases: 3'),
    [
      '10:3 workload.thinkTime | the open model has no thinkTime | remove it, or add model: closed or model: partly-open',
      '11:3 workload.maxPurchases | the open model has no maxPurchases | remove it, or add model: closed or model: partly-open',
    ],
  ],
  [
    'a closed model without a think time',
    workload('model: closed'),
    [
      '10:10 workload.model | the closed model needs thinkTime | add thinkTime: { exponential: 1s }, or 0s for none',
    ],
  ],
  [
    'a closed model that some leave',
    workload('model: closed\n  thinkTime: 1s\n  stayProbability: 50%'),
    [
      '12:3 workload.stayProbability | the closed model has no stayProbability | remove it, or write model: partly-open',
    ],
  ],
  [
    'a partly-open model that says nothing',
    workload('model: partly-open'),
    [
      '10:10 workload.model | the partly-open model needs thinkTime | add thinkTime: { exponential: 1s }, or 0s for none',
      '10:10 workload.model | the partly-open model needs stayProbability | add stayProbability: 50%, the probability of one more purchase after each',
    ],
  ],
  [
    'a think time and a probability that are none',
    workload('model: partly-open\n  thinkTime: 1\n  stayProbability: 2'),
    [
      '11:14 workload.thinkTime | thinkTime cannot be 1 | write a duration such as 500ms, or { exponential: 500ms }',
      '12:20 workload.stayProbability | stayProbability cannot be 2 | write a probability from 0 to 1, such as 0.3 or 30%',
    ],
  ],
  [
    'more purchases than can be planned',
    workload('model: closed\n  thinkTime: 0s').replace('users: 10', 'users: 100000'),
    [
      '8:1 workload.maxPurchases | 140,000 devices with 100 purchases each make 14,000,000 | lower maxPurchases (left out, it is 100): 2000000 together is the most',
    ],
  ],
  [
    'a trace without a file',
    shape('{ type: trace }'),
    [
      '14:7 workload.arrivals[1].file | "file" is missing | add it: write text, such as access.log',
      '14:7 workload.arrivals[1].opensAt | "opensAt" is missing | add it: write a timestamp as the trace has it: an instant such as 2026-11-27T10:00:00Z, the date of an access log, or a number',
    ],
  ],
  [
    'a trace of wrong values',
    shape('{ type: trace, file: "", opensAt: noon, speed: 0, unit: h, column: 0, match: "" }'),
    [
      '14:28 workload.arrivals[1].file | file cannot be "" | write the path of a file, such as access.log',
      '14:41 workload.arrivals[1].opensAt | opensAt cannot be "noon" | write a timestamp as the trace has it: an instant such as 2026-11-27T10:00:00Z, the date of an access log, or a number',
      '14:54 workload.arrivals[1].speed | speed cannot be 0 | write a number from 0.001 to 1000',
      '14:63 workload.arrivals[1].unit | unit cannot be "h" | did you mean "s"? Write s, ms, us or ns',
      '14:74 workload.arrivals[1].column | column cannot be 0 | write a whole number from 1 to 1000',
      '14:84 workload.arrivals[1].match | match cannot be "" | write text that lines hold, such as POST /orders',
    ],
  ],
  [
    'a trace of values of a wrong kind',
    shape('{ type: trace, file: 3, opensAt: [1], colum: at }'),
    [
      '14:28 workload.arrivals[1].file | file cannot be 3 | write text, such as access.log',
      '14:40 workload.arrivals[1].opensAt | opensAt cannot be a list | write a timestamp as the trace has it: an instant such as 2026-11-27T10:00:00Z, the date of an access log, or a number',
      '14:45 workload.arrivals[1].colum | unknown key "colum" | did you mean "column"?',
    ],
  ],
];
