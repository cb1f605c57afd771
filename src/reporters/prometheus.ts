import { verdicts } from '../audit/verdict.ts';
import { type ScalarMetric, scalarMetrics } from '../metrics/names.ts';
import { metricValues } from '../results/metric-values.ts';
import type { OperationLatency, RunResult } from '../results/result.ts';
import type { Reporter } from './reporter.ts';
import { plain } from './text.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** What comes behind the family's name; empty for most. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  readonly type?: 'gauge' | 'summary';
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * Gauges and summaries in Prometheus' text format, for node_exporter's textfile collector or a Pushgateway. It is
 * valid OpenMetrics 1.0 as well, hence the `# EOF`, which the older format takes for a comment.
 */
export const prometheusReporter: Reporter = {
  name: 'prometheus',
  describe: 'gauges in the text format of Prometheus and OpenMetrics',
  fileName: 'metrics.prom',
  render(result) {
    const families = [
      ...judgementFamilies(result),
      ...metricFamilies(result),
      ...latencyFamilies(result),
    ].filter(({ samples }) => samples.length > 0);
    const common = { scenario: result.name };
    const lines = families.flatMap(({ type = 'gauge', name, help, samples }) => [
      `# TYPE ${name} ${type}`,
      `# HELP ${name} ${help}`,
      ...samples.map(
        ({ suffix = '', labels, value }) =>
          `${name}${suffix}${labelText({ ...common, ...labels })} ${value}`,
      ),
    ]);
    return `${[...lines, '# EOF'].join('\n')}\n`;
  },
};

function judgementFamilies(result: RunResult): Family[] {
  const { runId, seed, flashsim, target, verdict } = result;
  const invariants = Object.entries(result.invariants);
  return [
    {
      name: 'flashsim_run_info',
      help: 'Which run this is; always 1.',
      samples: [
        {
          labels: {
            run_id: runId,
            seed: String(seed),
            version: flashsim,
            target: target.description,
          },
          value: 1,
        },
      ],
    },
    {
      name: 'flashsim_verdict',
      help: '1 for the verdict of the run, 0 for the others.',
      samples: verdicts.map((name) => ({
        labels: { verdict: name },
        value: name === verdict ? 1 : 0,
      })),
    },
    {
      name: 'flashsim_invariant_violated',
      help: '1 for an invariant that was violated, 0 for one that was not.',
      samples: invariants.map(([invariant, found]) => ({
        labels: { invariant },
        value: found.verdict === 'violated' ? 1 : 0,
      })),
    },
    {
      name: 'flashsim_invariant_unknown',
      help: '1 for an invariant that the evidence does not decide.',
      samples: invariants.map(([invariant, found]) => ({
        labels: { invariant },
        value: found.verdict === 'unknown' ? 1 : 0,
      })),
    },
    {
      name: 'flashsim_invariant_figure',
      help: 'The least that the figure of an invariant can be.',
      samples: invariants.map(([invariant, { lo, unit }]) => ({
        labels: { invariant, unit },
        value: lo,
      })),
    },
  ];
}

/** Plain metrics in base units, as Prometheus wants them: seconds instead of microseconds. */
function metricFamilies(result: RunResult): Family[] {
  const plainOnes = metricValues(result).filter(({ name }) => !/^(login|page|order)\./.test(name));
  const answers = Object.entries(result.codes).flatMap(([operation, byCode]) =>
    Object.entries(byCode).map(([code, count]) => ({
      labels: { operation, code },
      value: count,
    })),
  );
  return [
    ...plainOnes.map(({ name, value, unit }) => {
      const seconds = unit === 'µs';
      const samples =
        value === null ? [] : [{ labels: {}, value: seconds ? value / 1_000_000 : value }];
      return {
        name: `flashsim_${snakeCase(name)}${seconds ? '_seconds' : ''}`,
        help: scalarMetrics[name as ScalarMetric].meaning,
        samples,
      };
    }),
    {
      name: 'flashsim_stock',
      help: 'Units for sale.',
      samples: [{ labels: {}, value: result.stock }],
    },
    {
      name: 'flashsim_answers',
      help: 'Attempts by operation and code.',
      samples: answers,
    },
  ];
}

const quantiles = { p50: '0.5', p90: '0.9', p99: '0.99', p999: '0.999', max: '1' } as const;

function latencyFamilies({ latencyUs }: RunResult): Family[] {
  const timed = Object.entries(latencyUs).filter(([, { count }]) => count > 0);
  const family = (kind: 'response' | 'service', help: string): Family => ({
    type: 'summary',
    name: `flashsim_${kind}_time_seconds`,
    help,
    samples: timed.flatMap(([operation, latency]) => quantileSamples(operation, latency, kind)),
  });
  return [
    family('response', 'From when a request was due to its end.'),
    family('service', 'From when a request was sent to its end.'),
  ];
}

function quantileSamples(
  operation: string,
  latency: OperationLatency,
  kind: 'response' | 'service',
): Sample[] {
  const keys = Object.keys(quantiles) as (keyof typeof quantiles)[];
  return [
    ...keys.map((key) => ({
      labels: { operation, quantile: quantiles[key] },
      value: latency[kind][key] / 1_000_000,
    })),
    { suffix: '_count', labels: { operation }, value: latency.count },
  ];
}

/** `opening.latenessP99` → `opening_lateness_p99`. */
function snakeCase(name: string): string {
  return name.replaceAll('.', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = plain(value, 200)
      .replaceAll('\\', String.raw`\\`)
      .replaceAll('"', String.raw`\"`);
    return `${name}="${escaped}"`;
  });
  return `{${pairs.join(',')}}`;
}
