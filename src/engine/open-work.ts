/**
 * Counts what a worker still has to do: intents, cancels and probes that have not come to their end.
 * Says once when nothing is left.
 */
export class OpenWork {
  readonly #drained: () => void;
  #open = 0;
  #isDrained = false;

  constructor(drained: () => void) {
    this.#drained = drained;
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  begin(): void {
    this.#open += 1;
  }

  end(): void {
    this.#open -= 1;
    this.check();
  }

  /** Forgets what is open: nothing more will be done. */
  clear(): void {
    this.#open = 0;
    this.check();
  }

  /** Tells when nothing is open, which may be so from the beginning. */
  check(): void {
    if (this.#isDrained || this.#open > 0) return;
    this.#isDrained = true;
    this.#drained();
  }
}
