import { exponential, rngFor } from '../../../src/core/rng.ts';
import type { Send } from './clients.ts';
import type { Simulator } from './simulator.ts';

const meanDelayMs = 100;
const baseServiceMs = 1_000;
const perRequestMs = 10;

/**
 * The server of Brooker's collapse simulation (mbrooker/simulator_example, `simple_collapse_sim`): it
 * takes 1 s and 0.01 s more for each request that is there when one comes, behind a network that takes
 * 0.1 s each way, exponentially distributed.
 */
export function crowdedServer(simulator: Simulator, seed: number): Send {
  const rng = rngFor(seed, 'network');
  let inside = 0;
  return (answer) => {
    simulator.after(exponential(rng, meanDelayMs), () => {
      inside += 1;
      simulator.after(baseServiceMs + inside * perRequestMs, () => {
        inside -= 1;
        simulator.after(exponential(rng, meanDelayMs), () => answer('ok'));
      });
    });
  };
}
