import { goodScenario } from './scenario-text.ts';

const client = (text: string): string => `${goodScenario}client: { ${text} }\n`;
const retry = (text: string): string => client(`retry: { ${text} }`);
const breaker = (text: string): string => client(`circuitBreaker: { ${text} }`);

/** Scenarios whose clients cannot be, with all that should be said of them. */
export const badClients: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'no attempts',
    retry('maxAttempts: 0'),
    [
      '17:33 client.retry.maxAttempts | maxAttempts cannot be 0 | write a whole number from 1 to 100',
    ],
  ],
  [
    'a backoff of an unknown type',
    retry('backoff: { type: exponental }'),
    [
      '17:37 client.retry.backoff.type | type cannot be "exponental" | did you mean "exponential"? Write exponential, fixed or none',
    ],
  ],
  [
    'a backoff that is no map',
    retry('backoff: 5s'),
    [
      '17:29 client.retry.backoff | backoff cannot be "5s" | write keys and values, such as { type: exponential }',
    ],
  ],
  [
    'a key of another backoff',
    retry('backoff: { type: fixed, initial: 1s }'),
    [
      '17:44 client.retry.backoff.initial | unknown key "initial" | keys that can stand here: type, delay',
    ],
  ],
  [
    'a misspelt key of a backoff without a type',
    retry('backoff: { inital: 1s }'),
    ['17:31 client.retry.backoff.inital | unknown key "inital" | did you mean "initial"?'],
  ],
  [
    'a backoff below zero',
    retry('backoff: { initial: -1s }'),
    [
      '17:40 client.retry.backoff.initial | initial cannot be "-1s" | write a duration with its unit, such as 250ms',
    ],
  ],
  [
    'a backoff that shrinks',
    retry('backoff: { multiplier: 0.5 }'),
    [
      '17:43 client.retry.backoff.multiplier | multiplier cannot be 0.5 | write a number from 1 to 10',
    ],
  ],
  [
    'a backoff that starts above its cap',
    retry('backoff: { initial: 3s }'),
    [
      '17:40 client.retry.backoff.initial | backoff starts at 3.00 s, above its max of 2.00 s | lower initial or raise max',
    ],
  ],
  [
    'an unknown jitter',
    retry('jitter: ful'),
    [
      '17:28 client.retry.jitter | jitter cannot be "ful" | did you mean "full"? Write none, equal, full or decorrelated',
    ],
  ],
  [
    'decorrelated jitter of a fixed wait',
    retry('backoff: { type: fixed }, jitter: decorrelated'),
    [
      '17:54 client.retry.jitter | decorrelated jitter draws between the shortest and the longest wait, and backoff fixed has no two | use backoff: { initial: …, max: … }, or jitter: full',
    ],
  ],
  [
    'decorrelated jitter of no wait',
    retry('backoff: { type: none }, jitter: decorrelated'),
    [
      '17:53 client.retry.jitter | decorrelated jitter draws between the shortest and the longest wait, and backoff none has no two | use backoff: { initial: …, max: … }, or jitter: full',
    ],
  ],
  [
    'a budget of an unknown type',
    retry('budget: { type: bucket }'),
    [
      '17:36 client.retry.budget.type | type cannot be "bucket" | write ratio, token-bucket, grpc, quota or failure-rate',
    ],
  ],
  [
    'a budget of more than every attempt',
    retry('budget: { ratio: 120% }'),
    ['17:37 client.retry.budget.ratio | ratio cannot be "120%" | write at most 100%'],
  ],
  [
    'a budget as a bare number',
    retry('budget: { ratio: 0.1 }'),
    [
      '17:37 client.retry.budget.ratio | ratio cannot be 0.1 | write a share with its unit, such as 20%',
    ],
  ],
  [
    'a floor below zero',
    retry('budget: { floor: -1/s }'),
    [
      '17:37 client.retry.budget.floor | floor cannot be "-1/s" | write a rate with its unit, such as 500/s',
    ],
  ],
  [
    'a floor beyond all bounds',
    retry('budget: { floor: 2000000/s }'),
    ['17:37 client.retry.budget.floor | floor cannot be "2000000/s" | write at most 1000000/s'],
  ],
  [
    'a budget that never allows a retry',
    retry('budget: { ratio: 0%, floor: 0/s }'),
    [
      '17:28 client.retry.budget | this budget never allows a retry: ratio and floor are both 0 | raise it, or write retry.maxAttempts: 1',
    ],
  ],
  [
    'a budget whose floor is less than one retry',
    retry('budget: { ratio: 0%, floor: 3/m }'),
    [
      '17:28 client.retry.budget | this budget never allows a retry: a floor of 0.05/s over 10.00 s comes to less than one | raise it, or write retry.maxAttempts: 1',
    ],
  ],
  [
    'a time to live that is too short',
    retry('budget: { ttl: 0s }'),
    ['17:35 client.retry.budget.ttl | ttl cannot be "0s" | write at least 1s'],
  ],
  [
    'a time to live that is too long',
    retry('budget: { ttl: 2m }'),
    ['17:35 client.retry.budget.ttl | ttl cannot be "2m" | write at most 60s'],
  ],
  [
    'an empty bucket',
    retry('budget: { type: token-bucket, capacity: 0 }'),
    [
      '17:60 client.retry.budget.capacity | capacity cannot be 0 | write a whole number from 1 to 1000000',
    ],
  ],
  [
    'gRPC without tokens',
    retry('budget: { type: grpc, maxTokens: 0, tokenRatio: 0 }'),
    [
      '17:53 client.retry.budget.maxTokens | maxTokens cannot be 0 | write a whole number from 1 to 1000',
      '17:68 client.retry.budget.tokenRatio | tokenRatio cannot be 0 | write a number from 0.001 to 1000',
    ],
  ],
  [
    'gRPC with more tokens than it allows',
    retry('budget: { type: grpc, maxTokens: 1001 }'),
    [
      '17:53 client.retry.budget.maxTokens | maxTokens cannot be 1001 | write a whole number from 1 to 1000',
    ],
  ],
  [
    'a quota below the cost',
    retry('budget: { type: quota, capacity: 4 }'),
    [
      '17:28 client.retry.budget | this budget never allows a retry: its 4 tokens are fewer than a retry costs | raise it, or write retry.maxAttempts: 1',
    ],
  ],
  [
    'a quota with a negative cost',
    retry('budget: { type: quota, retryCost: -1 }'),
    [
      '17:54 client.retry.budget.retryCost | retryCost cannot be -1 | write a whole number from 0 to 1000000',
    ],
  ],
  [
    'a failure rate above all',
    retry('budget: { type: failure-rate, threshold: 101% }'),
    ['17:61 client.retry.budget.threshold | threshold cannot be "101%" | write at most 100%'],
  ],
  [
    'a failure rate over no time',
    retry('budget: { type: failure-rate, window: 0s }'),
    ['17:58 client.retry.budget.window | window cannot be "0s" | write at least 1s'],
  ],
  [
    'a throttle below one',
    client('throttle: { multiplier: 0.5 }'),
    ['17:35 client.throttle.multiplier | multiplier cannot be 0.5 | write a number from 1 to 100'],
  ],
  [
    'a throttle without a window',
    client('throttle: { window: 0s }'),
    [
      '17:31 client.throttle.window | window cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a breaker without a window',
    breaker('slidingWindowSize: 0'),
    [
      '17:48 client.circuitBreaker.slidingWindowSize | slidingWindowSize cannot be 0 | write a whole number from 1 to 100000',
    ],
  ],
  [
    'a breaker of an unknown window',
    breaker('slidingWindowType: COUNT_BASED'),
    [
      '17:48 client.circuitBreaker.slidingWindowType | slidingWindowType cannot be "COUNT_BASED" | did you mean "count-based"? Write count-based or time-based',
    ],
  ],
  [
    'a breaker without a minimum',
    breaker('minimumNumberOfCalls: 0'),
    [
      '17:51 client.circuitBreaker.minimumNumberOfCalls | minimumNumberOfCalls cannot be 0 | write a whole number from 1 to 100000',
    ],
  ],
  [
    'thresholds above all calls',
    breaker('failureRateThreshold: 150%'),
    [
      '17:51 client.circuitBreaker.failureRateThreshold | failureRateThreshold cannot be "150%" | write at most 100%',
    ],
  ],
  [
    'thresholds of nothing',
    breaker('slowCallRateThreshold: 0%'),
    [
      '17:52 client.circuitBreaker.slowCallRateThreshold | slowCallRateThreshold cannot be "0%" | write a share above 0%',
    ],
  ],
  [
    'a threshold as a bare number',
    breaker('failureRateThreshold: 50'),
    [
      '17:51 client.circuitBreaker.failureRateThreshold | failureRateThreshold cannot be 50 | write a share with its unit, such as 20%',
    ],
  ],
  [
    'a breaker that waits no time',
    breaker('waitDurationInOpenState: 0s'),
    [
      '17:54 client.circuitBreaker.waitDurationInOpenState | waitDurationInOpenState cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a breaker without trial calls',
    breaker('permittedNumberOfCallsInHalfOpenState: 0'),
    [
      '17:68 client.circuitBreaker.permittedNumberOfCallsInHalfOpenState | permittedNumberOfCallsInHalfOpenState cannot be 0 | write a whole number from 1 to 100000',
    ],
  ],
  [
    'a breaker where every call is slow',
    breaker('slowCallDurationThreshold: 0s'),
    [
      '17:56 client.circuitBreaker.slowCallDurationThreshold | slowCallDurationThreshold cannot be "0s" | write a duration longer than 0, such as 250ms',
    ],
  ],
  [
    'a misspelt key of a breaker',
    breaker('slidingWindwSize: 10'),
    [
      '17:29 client.circuitBreaker.slidingWindwSize | unknown key "slidingWindwSize" | did you mean "slidingWindowSize"?',
    ],
  ],
  [
    'an unknown key policy',
    client('idempotencyKey: per-try'),
    [
      '17:27 client.idempotencyKey | idempotencyKey cannot be "per-try" | write per-intent or per-attempt',
    ],
  ],
  [
    'an unknown scope',
    client('scope: everybody'),
    ['17:18 client.scope | scope cannot be "everybody" | write process, user or device'],
  ],
  [
    'a budget in the wrong place',
    client('budget: { ratio: 10% }'),
    ['17:11 client.budget | unknown key "budget" | it belongs in client.retry.budget'],
  ],
];
