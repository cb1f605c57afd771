import { fixedWindow } from './fixed-window.ts';
import { gcra } from './gcra.ts';
import { slidingCounter } from './sliding-counter.ts';
import { slidingLog } from './sliding-log.ts';
import { springCloudGateway } from './spring-cloud-gateway.ts';
import { tokenBucket } from './token-bucket.ts';

/** Every limiter, by the name it has in a scenario. */
export const limiters = {
  'token-bucket': tokenBucket,
  gcra,
  'fixed-window': fixedWindow,
  'sliding-log': slidingLog,
  'sliding-counter': slidingCounter,
  'spring-cloud-gateway': springCloudGateway,
} as const;
