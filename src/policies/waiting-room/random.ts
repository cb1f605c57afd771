import type { Rng } from '../../core/rng.ts';
import type { Line, QueueingMethod } from './line.ts';

/** Whoever waits has the same chance at each place that comes free, however long they have waited. */
export const random: QueueingMethod = {
  describe: 'Drawn from all who wait, however long they have waited.',
  holdsBack: true,
  createLine: () => new RandomLine(),
};

class RandomLine implements Line {
  readonly #ids: string[] = [];
  readonly #indexOf = new Map<string, number>();

  get size(): number {
    return this.#ids.length;
  }

  join(id: string): void {
    if (this.#indexOf.has(id)) return;
    this.#indexOf.set(id, this.#ids.length);
    this.#ids.push(id);
  }

  leave(id: string): void {
    const index = this.#indexOf.get(id);
    if (index === undefined) return;
    this.#indexOf.delete(id);
    const last = this.#ids.pop();
    if (last === undefined || last === id) return;
    this.#ids[index] = last;
    this.#indexOf.set(last, index);
  }

  next(rng: Rng): string | undefined {
    if (this.#ids.length === 0) return undefined;
    const id = this.#ids[Math.floor(rng.next() * this.#ids.length)];
    if (id !== undefined) this.leave(id);
    return id;
  }

  ahead(id: string): number {
    return this.#indexOf.has(id) ? (this.#ids.length - 1) / 2 : 0;
  }
}
