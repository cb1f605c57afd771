import { appendFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FlashsimError, messageOf } from '../core/errors.ts';
import { runFiles, writeAtomically } from '../history/run-folder.ts';
import { reporters } from '../reporters/registry.ts';
import type { Reporter } from '../reporters/reporter.ts';
import type { RunResult } from '../results/result.ts';
import { nearest } from '../scenarios/suggest.ts';
import type { Environment, Output } from './environment.ts';

/** A report that somebody asked for. */
export interface WantedReport {
  readonly reporter: Reporter;
  /** Where it goes; left out, where the reporter's reports go. `-` is stdout. */
  readonly path?: string;
}

const reporterNames: readonly string[] = Object.keys(reporters);

/** The reporter called `name`. */
export function reporterNamed(name: string, option: string): Reporter {
  const found = Object.values(reporters).find((reporter) => reporter.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, reporterNames);
  const hint = near === undefined ? '' : `Did you mean ${near}? `;
  throw new FlashsimError('USAGE', {
    what: `${option} ${name} names no format of reports.`,
    fix: `${hint}There are ${reporterNames.join(', ')}.`,
  });
}

/**
 * `--report <format>[=path]` of a command line, each checked.
 *
 * @param runs how many there will be: they cannot all go into one file
 */
export function wantedReports(written: readonly string[], runs: number): WantedReport[] {
  return written.map((text) => {
    const [name = '', ...rest] = text.split('=');
    const reporter = reporterNamed(name, '--report');
    if (rest.length === 0) return { reporter };
    const path = rest.join('=');
    if (path !== '' && runs > 1) {
      throw new FlashsimError('USAGE', {
        what: `--report ${text} names one file for ${runs} runs.`,
        fix: `Write --report ${name} alone: it then goes into the folder of each run.`,
      });
    }
    if (path !== '') return { reporter, path };
    throw new FlashsimError('USAGE', {
      what: `--report ${text} names no file.`,
      fix: `Write --report ${name}=<file>, or --report ${name} alone.`,
    });
  });
}

/** Where reports go. */
export interface ReportPlaces {
  readonly environment: Environment;
  /** The run folder. */
  readonly folder: string;
  /** Takes what belongs on stdout; another stream when stdout is for something else. */
  readonly stdout: Output;
}

/** Renders a report to where it belongs. Returns the file that was written, if one was. */
export async function writeReport(
  { reporter, path }: WantedReport,
  result: RunResult,
  places: ReportPlaces,
): Promise<string | undefined> {
  const { environment, folder, stdout } = places;
  const fileName = path ?? reporter.fileName ?? '-';
  const file = path === undefined ? join(folder, fileName) : resolve(environment.cwd, fileName);
  const toStdout = fileName === '-';
  if (!toStdout) mustNotBeEvidence(file, folder);
  const text = reporter.render(result, {
    colour: toStdout && stdout.colour,
    columns: toStdout ? stdout.columns : 100,
    folder,
  });
  if (toStdout) stdout.write(text);
  else await writeFileWithFolder(file, text);
  await appendTo(reporter, result, places);
  return toStdout ? undefined : file;
}

/** A report must not take the place of what the verdict rests on. */
function mustNotBeEvidence(file: string, folder: string): void {
  const isEvidence = (Object.values(runFiles) as readonly string[]).includes(basename(file));
  if (!isEvidence || dirname(file) !== resolve(folder)) return;
  throw new FlashsimError('OUTPUT_EXISTS', {
    what: `${file} is evidence of the run: no report is written in its place.`,
    fix: 'Name another file.',
  });
}

async function writeFileWithFolder(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw notWritable(dirname(file), error);
  });
  await writeAtomically(file, text);
}

async function appendTo(
  { appends }: Reporter,
  result: RunResult,
  { environment, folder }: ReportPlaces,
): Promise<void> {
  const file = appends === undefined ? undefined : environment.env[appends.variable];
  if (appends === undefined || file === undefined || file === '') return;
  const text = appends.render(result, { colour: false, columns: 100, folder });
  await appendFile(file, text).catch((error: unknown) => {
    throw notWritable(`${file} ($${appends.variable})`, error);
  });
}

function notWritable(path: string, error: unknown): FlashsimError {
  return new FlashsimError('OUTPUT_NOT_WRITABLE', {
    what: `${path} could not be written: ${messageOf(error)}.`,
    fix: 'Name a place that you may write to.',
    cause: error,
  });
}
