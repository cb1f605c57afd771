import { randomUUID } from 'node:crypto';
import { sleep } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import { OverloadedError } from '../errors.ts';
import type { LoadableCounter, LoadedCount } from './stock-counter.ts';

/** How a count is loaded. */
export interface LoaderOptions {
  readonly counter: LoadableCounter;
  /** What the count is to be; asked while there is none. */
  readonly figure: (productId: string) => Promise<LoadedCount>;
  /** Whether requests may load a count that they miss. */
  readonly mayLoad: (productId: string) => Promise<boolean>;
}

/** Another load is under way for this long at most before it counts as dead: twice its announcement. */
const busyTriesMax = 4_000;
const busyPollMs = 5;
/** Loads in a row that were void: each time something happened in the blink that a load takes. */
const voidLoadsMax = 50;

/** Brings counts into a cache: when a request misses one, and when they are to be warmed up. */
export class StockLoader {
  readonly #options: LoaderOptions;
  /** Requests of this process that miss a count wait for one load. */
  readonly #recoveries = new Map<string, Promise<boolean>>();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * For a request that found no count. False when there is none to be had: it has to be warmed up, and
   * nobody has done it yet.
   *
   * @throws {OverloadedError} when it could not be loaded; nothing was done
   */
  recover(productId: string): Promise<boolean> {
    const before = this.#recoveries.get(productId);
    if (before !== undefined) return before;
    const recovery = this.#recover(productId).finally(() => this.#recoveries.delete(productId));
    this.#recoveries.set(productId, recovery);
    return recovery;
  }

  async #recover(productId: string): Promise<boolean> {
    if (!(await this.#options.mayLoad(productId))) return false;
    try {
      await this.#load(productId, false);
      return true;
    } catch (error) {
      if (error instanceof OverloadedError) throw error;
      throw new OverloadedError(`The count could not be loaded: ${messageOf(error)}`);
    }
  }

  /** Loads the count if there is none. */
  async fill(productId: string): Promise<void> {
    await this.#load(productId, false);
  }

  /** Loads the count, also over one that is there. The units that it was loaded with. */
  async warmUp(productId: string): Promise<number> {
    const units = await this.#load(productId, true);
    return units ?? (await this.#options.counter.read(productId)) ?? 0;
  }

  /** The units loaded; undefined when another has loaded meanwhile. */
  async #load(productId: string, replace: boolean): Promise<number | undefined> {
    const { counter } = this.#options;
    let voidLoads = 0;
    for (let busyTries = 0; busyTries < busyTriesMax && voidLoads < voidLoadsMax; ) {
      const load = { productId, token: randomUUID(), replace };
      const begun = await counter.beginLoad(load);
      if (begun === 'there') return undefined;
      if (begun === 'busy') {
        busyTries += 1;
        await sleep(busyPollMs);
        continue;
      }
      const count = await this.#figure(load);
      if (await counter.finishLoad(load, count)) return count.units;
      voidLoads += 1;
    }
    throw new OverloadedError('The count could not be loaded: others were at it all the time.');
  }

  async #figure(load: Parameters<LoadableCounter['abandonLoad']>[0]): Promise<LoadedCount> {
    try {
      return await this.#options.figure(load.productId);
    } catch (error) {
      // Others need not wait until the announcement runs out.
      await this.#options.counter.abandonLoad(load).catch(() => undefined);
      throw error;
    }
  }
}
