import type { Section } from '../section.ts';
import { buyers } from './buyers.ts';
import { faults } from './faults.ts';
import { findings } from './findings.ts';
import { gates } from './gates.ts';
import { latency } from './latency.ts';
import { limits } from './limits.ts';
import { measurement } from './measurement.ts';
import { record } from './record.ts';
import { retries } from './retries.ts';
import { sale } from './sale.ts';

/** The sections of the page from top to bottom. One file and one line each. */
export const sections: readonly Section[] = [
  findings,
  gates,
  sale,
  buyers,
  latency,
  retries,
  limits,
  faults,
  measurement,
  record,
];
