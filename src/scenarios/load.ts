import { createHash } from 'node:crypto';
import { dirname, extname, resolve } from 'node:path';
import { wallClockMs } from '../core/clock.ts';
import { FlashsimError, messageOf, type Problem, systemCodeOf } from '../core/errors.ts';
import { canonicalJson } from '../core/json.ts';
import { Secrets } from '../core/secrets.ts';
import { builtinFile, builtinNames } from './builtin.ts';
import { parseSource, plainValues, type SourceDocument, scenarioBytesMax } from './document.ts';
import { expandVariables, type Variables } from './expand.ts';
import { applyOverrides } from './overrides.ts';
import { readBounded } from './read-bounded.ts';
import type { Scenario } from './schema.ts';
import { secretsOf } from './secrets.ts';
import { nearest } from './suggest.ts';
import { readTraceFiles } from './traces/trace-files.ts';
import { validateSource } from './validate.ts';

/** What a scenario is loaded with. */
export interface LoadOptions {
  /** `path=value`, applied in order. */
  readonly overrides: readonly string[];
  /** Takes the place of the scenario's seed. */
  readonly seed?: number;
  readonly env: Variables;
  /** Folder that relative paths count from. */
  readonly cwd: string;
  /** Wall-clock time, ms since 1970, for absolute openings. Defaults to now. */
  readonly nowMs?: number;
  /** Learns the secrets that the file holds, also when it is not valid. */
  readonly secrets?: Secrets;
}

/** A scenario that is ready to run. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  /** The file's text as it stands: nothing expanded, nothing overridden. */
  readonly source: string;
  /** As it was named, or the name of the built-in. */
  readonly file: string;
  /** SHA-256 (hex) of the resolved scenario without its seed: equal for equal runs but for chance. */
  readonly hash: string;
  readonly builtIn: boolean;
  /** Where the paths in it count from. */
  readonly folder: string;
  /** What of it is never shown. */
  readonly secrets: Secrets;
}

/**
 * Loads a built-in scenario by name, or a file. A plain word that names a built-in is the built-in;
 * what has a path separator or ends in .yaml, .yml or .json is a file.
 *
 * @throws FlashsimError SCENARIO_NOT_FOUND, SCENARIO_UNREADABLE, SCENARIO_INVALID, OPENING_MISSED
 */
export async function loadScenario(
  nameOrPath: string,
  options: LoadOptions,
): Promise<LoadedScenario> {
  const builtIn = !looksLikePath(nameOrPath) && builtinNames.includes(nameOrPath);
  const path = builtIn ? builtinFile(nameOrPath) : resolve(options.cwd, nameOrPath);
  const text = await readText(path, nameOrPath);
  // What is added to a built-in was written on the command line.
  const folder = builtIn ? options.cwd : dirname(path);
  const { secrets = new Secrets() } = options;
  const parsed = await parseWithTraces(text, nameOrPath, { ...options, secrets }, { folder });
  const scenario = options.seed === undefined ? parsed : { ...parsed, seed: options.seed };
  const hash = hashOf(scenario);
  return { scenario, source: text, file: nameOrPath, hash, builtIn, folder, secrets };
}

/**
 * Parses and validates the text of a scenario. `file` is how messages call it. Traces are not read:
 * nobody comes of them.
 */
export function parseScenario(text: string, file: string, options: LoadOptions): Scenario {
  return withoutSurprises(file, () => {
    const { source, problems } = prepare(text, file, options);
    return validateSource(source, problems, options.nowMs ?? wallClockMs());
  });
}

async function parseWithTraces(
  text: string,
  file: string,
  options: LoadOptions,
  { folder }: { readonly folder: string },
): Promise<Scenario> {
  const { source, problems, raw } = withoutSurprises(file, () => {
    const prepared = prepare(text, file, options);
    const raw = plainValues(prepared.source);
    const secrets = secretsOf(prepared.source, raw, options.env);
    prepared.source.secrets.learn(secrets);
    options.secrets?.learn(secrets);
    return { ...prepared, raw };
  });
  const traces = await readTraceFiles(raw, folder);
  return withoutSurprises(file, () =>
    validateSource(source, problems, options.nowMs ?? wallClockMs(), traces),
  );
}

interface Prepared {
  readonly source: SourceDocument;
  /** What is wrong with overrides and variables. */
  readonly problems: readonly Problem[];
}

function prepare(text: string, file: string, options: LoadOptions): Prepared {
  const source = parseSource(text, file);
  const misplaced = applyOverrides(source, options.overrides);
  const unset = expandVariables(source, options.env);
  return { source, problems: [...misplaced, ...unset] };
}

/** Deep nesting exhausts the stack of every walk over the document: the file's fault, not a bug. */
function withoutSurprises<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FlashsimError('SCENARIO_INVALID', {
      what: `${file} is nested too deeply.`,
      fix: 'Nest less: a scenario needs no more than ten levels.',
      cause: error,
    });
  }
}

function hashOf(scenario: Scenario): string {
  const rest: Record<string, unknown> = { ...scenario };
  delete rest['seed'];
  delete rest['$schema'];
  return createHash('sha256').update(canonicalJson(rest)).digest('hex');
}

function looksLikePath(nameOrPath: string): boolean {
  return /[\\/]/.test(nameOrPath) || ['.yaml', '.yml', '.json'].includes(extname(nameOrPath));
}

async function readText(path: string, named: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(path, scenarioBytesMax);
  } catch (error) {
    throw unreadable(error, named);
  }
  if (bytes.length > scenarioBytesMax) {
    throw new FlashsimError('SCENARIO_UNREADABLE', {
      what: `${named} is larger than 1 MiB.`,
      fix: 'Name a scenario file: they are a few kilobytes of YAML.',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FlashsimError('SCENARIO_UNREADABLE', {
      what: `${named} is not UTF-8 text.`,
      fix: 'Save it as UTF-8.',
      cause: error,
    });
  }
}

function unreadable(error: unknown, named: string): FlashsimError {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const near = looksLikePath(named) ? undefined : nearest(named, builtinNames);
    const hint = near === undefined ? '' : `Did you mean ${near}? `;
    return new FlashsimError('SCENARIO_NOT_FOUND', {
      what: `There is no file and no built-in scenario called ${named}.`,
      fix: `${hint}Built-in scenarios: ${builtinNames.join(', ')}. \`flashsim init\` writes a file to start from.`,
      cause: error,
    });
  }
  const reasons: Readonly<Record<string, string>> = {
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  return new FlashsimError('SCENARIO_UNREADABLE', {
    what: `${named} cannot be read: ${reasons[code ?? ''] ?? messageOf(error)}.`,
    fix: 'Name a scenario file that you may read.',
    cause: error,
  });
}
