import { BaseServer } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class NotOpenAfterOpening extends BaseServer {
  /** Its clock is 200 ms slow. */
  protected override checkWindow(nowMs: number): void {
    super.checkWindow(nowMs - 200);
  }
}

export const notOpenAfterOpening: Specimen = {
  name: 'not-open-after-opening',
  story: 'refuses everybody for 200 ms after the opening',
  create: (promises) => new NotOpenAfterOpening(promises),
  expected: caughtBy('saleWindow'),
};
