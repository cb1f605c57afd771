/** Where an intent stands that has been begun. */
export interface IntentState {
  /** Order attempts so far, those that the client itself held back included. */
  attempts: number;
  /** Which of the intent's keys the last of them was sent under. */
  keyVariant: number;
  /** When the last of them was let through. */
  admittedNs: number;
  /** Code of the failure that the next attempt is the retry of; undefined before the first. */
  failedWith: string | undefined;
  /** What the client itself waited before the last retry, in milliseconds. */
  waitMs: number | undefined;
  /** When the person stops trying, on the run's clock. */
  readonly givesUpNs: number;
  /** Times that the person asked to be let in. */
  entries: number;
  polls: number;
  pollUntilNs: number;
  cancels: number;
  /** As the server told: of an order that it made, or accepted for later. */
  orderId: string | undefined;
  /** An attempt under the last key was lost: whatever the others say, it may have had an effect. */
  lost: boolean;
}

/** An intent that is just being begun. */
export function beganIntent(givesUpNs: number): IntentState {
  return {
    attempts: 0,
    keyVariant: 0,
    admittedNs: 0,
    failedWith: undefined,
    waitMs: undefined,
    givesUpNs,
    entries: 0,
    polls: 0,
    pollUntilNs: 0,
    cancels: 0,
    orderId: undefined,
    lost: false,
  };
}
