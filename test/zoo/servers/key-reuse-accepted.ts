import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { caughtBy, type Specimen } from '../specimen.ts';

class KeyReuseAccepted extends BaseServer {
  /** The key's first order, whatever the second one was meant for. */
  protected override committed(wanted: Wanted): Row | undefined {
    return this.rows.find(({ key }) => key === wanted.key);
  }
}

export const keyReuseAccepted: Specimen = {
  name: 'key-reuse-accepted',
  story: 'answers 201 when a key comes again with another quantity',
  create: (promises) => new KeyReuseAccepted(promises),
  scenario: {
    target: { http: { contract: { rejectsKeyReuse: true } } },
    probes: { keyReuse: '50%' },
  },
  expected: caughtBy('keyReuse'),
};
