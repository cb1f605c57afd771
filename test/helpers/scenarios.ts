import { type Scenario, scenarioSchema } from '../../src/scenarios/schema.ts';

/** A small valid scenario; `changes` replaces top-level sections. */
export function scenarioWith(changes: Record<string, unknown> = {}): Scenario {
  return scenarioSchema.parse({
    name: 'small',
    target: { reference: {} },
    sale: { products: [{ id: 'sneaker', stock: 10, limitPerUser: 1 }], opensAt: '1s' },
    workload: {
      users: 200,
      devicesPerUser: { 1: '60%', 2: '30%', 3: '10%' },
      endsAt: '5s',
      arrivals: [
        {
          type: 'herd',
          users: '60%',
          clockSkew: '50ms',
          reaction: { lognormal: { median: '250ms', sigma: 0.5 } },
        },
        { type: 'weibull', users: '30%', shape: 0.7, mean: '500ms' },
        { type: 'poisson', rate: '100/s' },
      ],
      refresh: { probability: 0.5, interval: '300ms' },
      patience: { exponential: '10s' },
    },
    ...changes,
  });
}
