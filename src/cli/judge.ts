import { join } from 'node:path';
import { type AuditReport, auditRun } from '../audit/audit.ts';
import type { Evidence, EvidenceNames } from '../audit/evidence.ts';
import type { Invariant } from '../audit/invariant.ts';
import { type InvariantName, invariantNames, invariants } from '../audit/registry.ts';
import type { Json } from '../core/json.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import { runFiles, writeAtomically, writeJson } from '../history/run-folder.ts';
import { jsonReporter } from '../reporters/json.ts';
import { terminalReporter } from '../reporters/terminal.ts';
import { buildResult } from '../results/build.ts';
import { evidenceOf } from '../results/evidence.ts';
import type { RunResult } from '../results/result.ts';
import { writeWitnesses } from '../results/witnesses/files.ts';
import { type Story, storiesOf } from '../results/witnesses/story.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { Environment } from './environment.ts';
import { version } from './version.ts';

/** A run that can be judged, whether it was just played or comes out of files. */
export interface JudgedRun {
  readonly scenario: Scenario;
  /** What the result shows of it, without secrets; left out when the scenario is a stand-in. */
  readonly shownScenario?: Json;
  readonly scenarioHash: string;
  /** Command that plays, or judges, the same again. */
  readonly replay: string;
  readonly outcome: RunOutcome;
  /** Nobody but this run can have reached the stock. */
  readonly exclusive: boolean;
  /** From the start of the command to the judging, in milliseconds. */
  readonly wallMs: number;
  readonly targetDescription: string;
  /** Set for an imported history: what it calls its keys and users, and what it cannot show. */
  readonly imported?: ImportedEvidence;
}

/** How a history of another tool is judged. */
interface ImportedEvidence {
  readonly names: EvidenceNames | undefined;
  /** Invariants that its records cannot show to have held, each with the reason. */
  readonly withheld: readonly { readonly name: InvariantName; readonly reason: string }[];
}

/** A verdict with what it rests on. */
export interface Judgement {
  readonly result: RunResult;
  readonly stories: readonly Story[];
}

/** Judges a run: the one way from evidence to a result, for `run` and `audit` alike. */
export function judge(run: JudgedRun): Judgement {
  const evidence = evidenceFor(run);
  const audit = withReasons(auditRun(evidence, checkersFor(run)), run);
  const stories = storiesOf(audit, evidence);
  const { scenario, shownScenario, scenarioHash, replay, outcome, wallMs, targetDescription } = run;
  const result = buildResult({
    scenario,
    ...(shownScenario === undefined ? {} : { shownScenario }),
    scenarioHash,
    replay,
    outcome,
    evidence,
    audit,
    stories,
    wallMs,
    version,
    targetDescription,
  });
  return { result, stories };
}

function evidenceFor({ outcome, exclusive, imported }: JudgedRun): Evidence {
  const evidence = evidenceOf(outcome, exclusive);
  if (imported === undefined) return evidence;
  // A positive control belongs to a run of flashsim's own.
  return { ...evidence, control: undefined, names: imported.names ?? evidence.names };
}

function checkersFor({ imported }: JudgedRun): Partial<Record<InvariantName, Invariant>> {
  const withheld = new Set(imported?.withheld.map(({ name }) => name));
  return Object.fromEntries(
    invariantNames
      .filter((name) => !withheld.has(name))
      .map((name): [InvariantName, Invariant] => [name, invariants[name]]),
  );
}

/** Withheld invariants are told of beside those that the contract leaves out. */
function withReasons(audit: AuditReport, { imported }: JudgedRun): AuditReport {
  if (imported === undefined) return audit;
  return { ...audit, notJudged: [...audit.notJudged, ...imported.withheld] };
}

/**
 * Writes `result.json`, the witnesses and the page for browsers into a run folder, in place of older
 * ones: a page must not tell of another verdict than the result beside it.
 */
export async function writeJudgement(
  folder: string,
  { result, stories }: Judgement,
): Promise<void> {
  await writeWitnesses(folder, result.runId, stories);
  await writeJson(join(folder, runFiles.result), result);
  // An audit that writes nothing has no use for it.
  const { htmlReporter } = await import('../reporters/html.ts');
  await writeAtomically(
    pageIn(folder),
    htmlReporter.render(result, { colour: false, columns: 80 }),
  );
}

/** Where the page of a run stands. */
function pageIn(folder: string): string {
  return join(folder, 'report.html');
}

/** Prints a result on stdout. */
export function printResult(
  environment: Environment,
  result: RunResult,
  options: { readonly json: boolean; readonly folder?: string; readonly wrotePage?: boolean },
): void {
  const reporter = options.json ? jsonReporter : terminalReporter;
  const { colour, columns } = environment.stdout;
  const { folder, wrotePage } = options;
  environment.stdout.write(
    reporter.render(result, {
      colour,
      columns,
      ...(folder === undefined ? {} : { folder }),
      ...(folder === undefined || wrotePage !== true ? {} : { page: pageIn(folder) }),
    }),
  );
}
