import { bucketOfTwo, limiting } from '../profiles.ts';
import { caughtBy, type Specimen } from '../specimen.ts';
import { TokenBucket } from './token-bucket.ts';

class BucketTooDeep extends TokenBucket {
  protected override depth(limit: number): number {
    return 2 * limit;
  }
}

export const bucketTooDeep: Specimen = {
  name: 'bucket-too-deep',
  story: 'limits by a token bucket that holds twice what it promises',
  create: (promises) => new BucketTooDeep(promises),
  promises: bucketOfTwo,
  scenario: limiting,
  expected: caughtBy('overAdmission'),
};
