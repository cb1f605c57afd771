import type { Verdict } from '../audit/verdict.ts';
import type { RunResult } from '../results/result.ts';
import { formatWhen } from './figures.ts';
import { gatesOf } from './gates.ts';
import type { Reporter } from './reporter.ts';
import { plain } from './text.ts';
import { verdictWords } from './words.ts';

/**
 * JUnit XML as Jenkins, GitLab and others read it (Jenkins' `junit-10.xsd` and the older one that it
 * grew from). Each gate is a test case: violated is a failure, unknown an error (it is no pass), not
 * judged is skipped.
 */
export const junitReporter: Reporter = {
  name: 'junit',
  describe: 'JUnit XML, a test case for each invariant and threshold',
  fileName: 'junit.xml',
  render(result) {
    const cases = casesOf(result);
    const count = (outcome: Case['outcome']): number =>
      cases.filter((entry) => entry.outcome === outcome).length;
    const seconds = (result.wallMs / 1_000).toFixed(3);
    const totals =
      `tests="${cases.length}" failures="${count('violated')}" errors="${count('unknown')}" ` +
      `time="${seconds}"`;
    const name = attribute(`flashsim ${result.name}`);
    const lines = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name=${name} ${totals}>`,
      `  <testsuite name=${name} ${totals} skipped="${count('skipped')}" timestamp=${attribute(result.startedAt.slice(0, 19))}>`,
      ...propertyLines(result),
      ...cases.flatMap((entry) => caseLines(entry, result)),
      '  </testsuite>',
      '</testsuites>',
    ];
    return `${lines.join('\n')}\n`;
  },
};

interface Case {
  readonly group: 'run' | 'invariants' | 'thresholds';
  readonly name: string;
  readonly outcome: Verdict | 'skipped';
  readonly message: string;
  readonly lines: readonly string[];
}

function casesOf(result: RunResult): Case[] {
  const gates = gatesOf(result).map(
    ({ kind, name, title, verdict, words, witness }): Case => ({
      group: kind === 'invariant' ? 'invariants' : 'thresholds',
      name: `${name}: ${title}`,
      outcome: verdict,
      message: words,
      lines: witness === undefined ? [] : [`witness: ${witness}`, ...storyLines(result, name)],
    }),
  );
  const skipped = result.notJudged.map(
    ({ name, reason }): Case => ({
      group: 'invariants',
      name: plain(name, 60),
      outcome: 'skipped',
      message: `not judged: ${plain(reason)}`,
      lines: [],
    }),
  );
  return [runCase(result, gates), ...gates, ...skipped];
}

/** What makes a run unknown, or worse, that none of its gates shows. */
function runCase(result: RunResult, gates: readonly Case[]): Case {
  const { verdict, interrupted, abort, problems, runId, seed } = result;
  const explained = verdict === 'pass' || gates.some(({ outcome }) => outcome === verdict);
  const doubtful = interrupted || problems.length > 0 || !explained;
  const reasons = problems.map((problem) => `evidence: ${plain(problem)}`);
  return {
    group: 'run',
    name: `run ${plain(runId, 60)} of seed ${seed} came to its end with evidence that can be right`,
    outcome: doubtful ? (explained ? 'unknown' : verdict) : 'pass',
    message:
      interrupted && abort === undefined
        ? 'the run was interrupted'
        : (verdictWords(result)[0] ?? ''),
    lines: reasons,
  };
}

function storyLines({ invariants }: RunResult, name: string): string[] {
  const { steps = [], store = [] } = invariants[name]?.story ?? {};
  return [
    ...steps.map(({ atMs, actor, text }) =>
      `${formatWhen(atMs)} ${plain(actor, 60)}: ${plain(text)}`.trimStart(),
    ),
    ...store.map((fact) => `store: ${plain(fact)}`),
  ];
}

function propertyLines(result: RunResult): string[] {
  const { verdict, seed, runId, scenarioHash, flashsim, target, replay } = result;
  const properties = {
    verdict,
    seed: String(seed),
    runId,
    scenarioHash,
    flashsim,
    target: target.description,
    replay,
  };
  return [
    '    <properties>',
    ...Object.entries(properties).map(
      ([name, value]) => `      <property name="${name}" value=${attribute(plain(value, 4_096))}/>`,
    ),
    '    </properties>',
  ];
}

const elements = { violated: 'failure', unknown: 'error', skipped: 'skipped' } as const;

function caseLines(entry: Case, result: RunResult): string[] {
  const { group, name, outcome, message, lines } = entry;
  const classname = attribute(`flashsim.${result.name}.${group}`);
  const open = `    <testcase classname=${classname} name=${attribute(name)} time="0"`;
  if (outcome === 'pass') return [`${open}/>`];
  const element = elements[outcome];
  const body = [message, ...lines, `replay: ${plain(result.replay, 4_096)}`].map(text).join('\n');
  // `skipped` takes no attributes in the older schema.
  const start = outcome === 'skipped' ? '' : ` type="${outcome}" message=${attribute(message)}`;
  const content = outcome === 'skipped' ? text(message) : body;
  return [`${open}>`, `      <${element}${start}>${content}</${element}>`, '    </testcase>'];
}

const markup: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text of an element. What XML 1.0 has no character for (lone surrogates, U+FFFE) is replaced. */
function text(value: string): string {
  return value
    .replaceAll(/[&<>"']/g, (sign) => markup[sign] ?? '')
    .replaceAll(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replaceAll(/[^\P{Cc}\n]/gu, '');
}

/** A quoted value of an attribute. */
function attribute(value: string): string {
  return `"${text(plain(value, 4_096))}"`;
}
