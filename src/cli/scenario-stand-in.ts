import { type Scenario, scenarioSchema } from '../scenarios/schema.ts';

/** A scenario for records that have none: of it only name, seed and thresholds are ever shown. */
export function scenarioStandIn(name: string, seed: number): Scenario {
  const scenario = scenarioSchema.parse({
    name: 'stand-in',
    target: { http: { baseUrl: 'http://localhost' } },
    sale: { products: [{ id: 'stand-in', stock: 1 }] },
    workload: { users: 1, arrivals: [{ type: 'herd' }] },
  });
  return { ...scenario, name, seed };
}
