/** The positive control: whether the same profile makes a naive product oversell. */
export interface ControlSummary {
  readonly state: 'oversold' | 'exact' | 'skipped' | 'failed';
  readonly stock: number;
  readonly soldUnits: number;
  readonly attempts: number;
  readonly durationMs: number;
  readonly reason: string;
}
