import type { FailpointName } from './failpoints.ts';
import type { Answer, Trap } from './ipc.ts';

/** A trap that a process has just sprung. */
export interface SprungTrap {
  readonly trap: Trap;
  /** Tells whoever armed it what was done. */
  readonly settle: (answer: Answer) => void;
}

interface ArmedTrap extends SprungTrap {
  hits: number;
}

/**
 * The failpoints that wait for their hit. One place counts for all server processes: which hit is the
 * n-th is then the same for everybody, and exactly one process fires.
 */
export class Traps {
  readonly #armed = new Set<ArmedTrap>();

  /** Settles when the trap has been sprung and dealt with, or was disarmed. */
  arm(trap: Trap): Promise<Answer> {
    return new Promise((settle) => {
      this.#armed.add({ trap, settle, hits: 0 });
    });
  }

  /** Failpoints at which somebody waits. */
  names(): readonly FailpointName[] {
    return [...new Set(Array.from(this.#armed, ({ trap }) => trap.failpoint))];
  }

  /**
   * A process has come to a failpoint. The trap that it springs, which is armed no more; undefined when
   * it may go on. Of two that are due at once the second is sprung by the next hit.
   */
  hit(failpoint: FailpointName): SprungTrap | undefined {
    let sprung: ArmedTrap | undefined;
    for (const armed of this.#armed) {
      if (armed.trap.failpoint !== failpoint) continue;
      armed.hits += 1;
      if (armed.hits >= armed.trap.hit) sprung ??= armed;
    }
    if (sprung !== undefined) this.#armed.delete(sprung);
    return sprung;
  }

  /** Nothing fires any more: whoever waits is told how far it came. */
  disarm(): void {
    for (const { trap, hits, settle } of this.#armed) {
      const { failpoint, hit } = trap;
      const times = hits === 1 ? 'once' : `${hits} times`;
      const detail =
        hits === 0
          ? `nothing came to the failpoint ${failpoint}`
          : `the failpoint ${failpoint} was reached ${times}, and fires at hit ${hit}`;
      settle({ kind: 'not-done', detail });
    }
    this.#armed.clear();
  }
}
