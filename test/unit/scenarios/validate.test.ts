import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import { parseScenario } from '../../../src/scenarios/load.ts';
import { badArrivals } from './bad-arrivals.ts';
import { badCaches } from './bad-caches.ts';
import { badClients } from './bad-clients.ts';
import { badFaults } from './bad-faults.ts';
import { badGateways } from './bad-gateways.ts';
import { badGroups } from './bad-groups.ts';
import { badHttp } from './bad-http.ts';
import { bad } from './bad-scenarios.ts';
import { badStimuli } from './bad-stimuli.ts';
import { badStores } from './bad-stores.ts';
import { badThresholds } from './bad-thresholds.ts';
import { errorOf, goodScenario, options, problemsOf, withText } from './scenario-text.ts';

describe('a valid scenario', () => {
  it('is read with defaults filled in and units resolved', () => {
    const scenario = parseScenario(goodScenario, 'tiny.yaml', options);
    expect(scenario.sale.opensAt).toBe(1_000);
    expect(scenario.workload.devicesPerUser).toEqual({ 1: 0.6, 2: 0.4 });
    expect(scenario.target.reference?.stock.strategy).toBe('conditional-update');
    expect(scenario.client.retry.maxAttempts).toBe(3);
  });
});

/** Everything that can be asked for, and nothing wrong with it. */
const stimuli = `${withText('processes: 1', 'ordering: async, sessions: { maximumSessions: 1 }')
  .replace('stock: 5', 'stock: 5, limitPerUser: 2, strategy: naive')
  .replace(
    'users: 10',
    'users: 10\n  quantity: { 1: 80%, 2: 20% }\n  cancel: { probability: 0.1, delay: { exponential: 500ms } }',
  )}events:
  - { at: 500ms, restock: 50 }
  - { afterOpening: 2s, close: true }
probes: { keyReuse: 5%, beforeOpen: 5%, afterClose: 5%, evictedDevice: 20% }
`;

describe('a scenario with quantities, cancels, events and probes', () => {
  it('is read', () => {
    const scenario = parseScenario(stimuli, 'tiny.yaml', options);
    expect(scenario.target.reference?.ordering).toBe('async');
    expect(scenario.workload.quantity).toEqual({ 1: 0.8, 2: 0.2 });
    expect(scenario.workload.cancel).toEqual({ probability: 0.1, delay: { exponential: 500 } });
    expect(scenario.client.poll).toEqual({ interval: 200, timeout: 10_000 });
    expect(scenario.events).toEqual([
      { at: 500, restock: 50 },
      { afterOpening: 2_000, close: true },
    ]);
    expect(scenario.probes.evictedDevice).toBe(0.2);
  });

  it('may close at an instant, where the opening is one', () => {
    const text = withText(
      'opensAt: 1s',
      'opensAt: "2026-11-27T10:00:05Z"\n  closesAt: "2026-11-27T10:00:07Z"',
    );
    const probed = `${text}probes: { beforeOpen: 5%, afterClose: 5% }\n`;
    expect(parseScenario(probed, 'tiny.yaml', options).probes.afterClose).toBe(0.05);
  });
});

describe('a scenario with cached stock', () => {
  it('is read', () => {
    const stock =
      'stock: { strategy: redis-lua, warmUp: { scheduled: 500ms }, recovery: from-orders, lock: { ttl: 2s, token: false } }';
    const text = withText('processes: 1', `processes: 1, ${stock}`);
    const scenario = parseScenario(
      `${text}events: [{ afterOpening: 1s, warmUp: shoe }]\n`,
      'tiny.yaml',
      options,
    );
    expect(scenario.target.reference?.stock).toMatchObject({
      warmUp: { scheduled: 500 },
      recovery: 'from-orders',
      lock: { ttl: 2_000, token: false },
    });
    expect(scenario.events).toEqual([{ afterOpening: 1_000, warmUp: 'shoe' }]);
  });

  it('may be warmed up by hand, and for an opening at an instant', () => {
    const manual = withText('processes: 1', 'stock: { strategy: local-cache, warmUp: manual }');
    expect(() =>
      parseScenario(`${manual}events: [{ at: 0s, warmUp: shoe }]\n`, 'tiny.yaml', options),
    ).not.toThrow();
    const scheduled = withText(
      'processes: 1',
      'stock: { strategy: redis-decr, warmUp: { scheduled: 4s } }',
    ).replace('opensAt: 1s', 'opensAt: "2026-11-27T10:00:05Z"');
    expect(() => parseScenario(scheduled, 'tiny.yaml', options)).not.toThrow();
  });
});

describe('a bad scenario', () => {
  const cases = [
    bad,
    badFaults,
    badStimuli,
    badStores,
    badArrivals,
    badCaches,
    badClients,
    badGateways,
    badGroups,
    badHttp,
    badThresholds,
  ];
  it.each(cases.flat())(
    'is refused with place, problem and remedy: %s',
    (_title, text, problems) => {
      const error = errorOf(text);
      expect(error.code).toBe('SCENARIO_INVALID');
      expect(problemsOf(text)).toEqual(problems);
    },
  );

  it('that is nothing but nesting is refused, not followed', () => {
    const lines = ['['.repeat(50_000), '{a: '.repeat(5_000)].flatMap((text) => problemsOf(text));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain('| this is nested too deeply |');
  });

  it('shows all its mistakes at once, in the order of the file', () => {
    const text = withText('stock: 5', 'stock: -5')
      .replace('name: tiny', 'name: Tiny Shop')
      .replace('endsAt: 5s', 'endsAt: 500ms')
      .replace('oversell', 'oversel');
    expect(problemsOf(text).map((line) => line.split(' ')[0])).toEqual([
      '1:7',
      '6:26',
      '11:11',
      '16:3',
    ]);
  });

  it('is not blamed for what follows from a mistake already named', () => {
    // Without endsAt the default of 10 s would stand, before this opening.
    const text = withText('endsAt: 5s', 'endsAt: soon').replace('opensAt: 1s', 'opensAt: 20s');
    expect(problemsOf(text)).toHaveLength(1);
  });
});

describe('an absolute opening', () => {
  it('that has passed is OPENING_MISSED, with its place', () => {
    const error = errorOf(withText('opensAt: 1s', 'opensAt: "2026-11-27T09:59:59Z"'));
    expect(error.code).toBe('OPENING_MISSED');
    expect(error.exitCode).toBe(5);
    expect(error.location).toEqual({ file: 'tiny.yaml', line: 7, column: 12 });
    expect(error.what).toContain('2026-11-27T09:59:59.000Z');
  });

  it('that is to come is accepted, with a time zone', () => {
    const text = withText('opensAt: 1s', 'opensAt: "2026-11-27T12:00:00+01:00"');
    expect(parseScenario(text, 'tiny.yaml', options).sale.opensAt).toBe(
      '2026-11-27T12:00:00+01:00',
    );
  });
});

describe('any text at all', () => {
  const lines = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...goodScenario.split('\n'),
        '  - &a [*a, {',
        '? [x]',
        '<<: *b',
        '__proto__: 1',
      ),
    ),
  );
  const garbage = fc.oneof(
    fc.string({ unit: 'binary' }),
    lines.map((parts) => parts.join('\n')),
    fc.json(),
  );

  it('is a scenario or a FlashsimError, never anything else', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        try {
          parseScenario(text, 'tiny.yaml', options);
        } catch (error) {
          expect(error).toBeInstanceOf(FlashsimError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('as the value of any key is a scenario or a FlashsimError', () => {
    const path = fc.constantFrom(
      'name',
      'sale',
      'sale.products[0]',
      'workload.arrivals[0].type',
      'thresholds',
      'faults',
      'events',
      'events[0]',
      'probes',
      'workload.arrivals[1]',
      'workload.cancel',
      'workload.model',
      'workload.popularity',
      'workload.quantity',
      'workload.thinkTime',
      'client.poll',
    );
    fc.assert(
      fc.property(path, fc.oneof(fc.json(), fc.string()), (key, value) => {
        try {
          parseScenario(goodScenario, 'tiny.yaml', { ...options, overrides: [`${key}=${value}`] });
        } catch (error) {
          expect(error).toBeInstanceOf(FlashsimError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
