import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * Style as a test: what neither the compiler, the linter nor the layer rules can say. Every message
 * names file and line and what to write instead.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const linesMax = 400;

/** The only readers of clocks and of chance, with what stands in for them everywhere else. */
const clockFile = 'src/core/clock.ts';
const rngFile = 'src/core/rng.ts';
const timeAndChance: Readonly<Record<string, { readonly home: string; readonly instead: string }>> =
  {
    'Date.now': { home: clockFile, instead: 'take the time as an argument, or wallClockMs()' },
    'performance.now': { home: clockFile, instead: 'take a NowNs from runClock()' },
    'Math.random': {
      home: rngFile,
      instead: 'take an Rng from rngFor(), so that a seed replays it',
    },
  };

/**
 * What may touch `process`, and which parts of it. Commands see the process as an Environment, so that
 * tests can run them in-process; the rest here is what only the real process has.
 */
const processUses: Readonly<
  Record<string, { readonly members: readonly string[]; readonly why: string }>
> = {
  'src/core/clock.ts': { members: ['hrtime'], why: 'it is the reader of the monotonic clock' },
  'src/cli/environment.ts': {
    members: ['cwd', 'env', 'exitCode', 'off', 'on', 'stderr', 'stdout'],
    why: 'it makes an Environment of the process',
  },
  'src/cli/main.ts': {
    members: ['argv', 'exit', 'on'],
    why: 'the entry: the words of the command line, and errors that nobody caught',
  },
  'src/cli/commands/run.ts': {
    members: ['exit', 'pid'],
    why: 'the second Ctrl-C ends the process at once; a run is announced by its pid',
  },
  'src/cli/commands/matrix.ts': {
    members: ['execPath'],
    why: 'each run of the matrix is a process of its own',
  },
  'src/cli/doctor/machine.ts': {
    members: ['version'],
    why: 'it tells what this machine has',
  },
  'src/cli/commands/saturate.ts': {
    members: ['exit'],
    why: 'the second Ctrl-C ends the process at once',
  },
  'src/cli/concurrent-runs.ts': {
    members: ['kill'],
    why: 'signal 0 asks whether another run is alive',
  },
  'src/cli/stop-everything.ts': { members: ['kill'], why: 'it ends the children at once' },
  'src/cli/run-records.ts': {
    members: ['arch', 'platform', 'version'],
    why: 'run.json tells what the run was played on',
  },
  'src/engine/memory.ts': {
    members: ['memoryUsage', 'pid'],
    why: 'where there is no /proc, a process knows the memory of itself only',
  },
  'src/engine/play.ts': { members: ['pid'], why: 'the coordinator counts its own memory too' },
  'src/engine/saturation-entry.ts': {
    members: ['connected', 'cpuUsage', 'disconnect', 'exit', 'on', 'once', 'send'],
    why: 'the entry of a process that lives by its channel, and reports what it cost',
  },
  'src/engine/worker.ts': { members: ['cpuUsage'], why: 'a worker reports what it cost' },
  'src/engine/worker-entry.ts': {
    members: ['connected', 'disconnect', 'exit', 'on', 'send'],
    why: 'the entry of a process that lives by its channel',
  },
  'src/targets/reference/primary-entry.ts': {
    members: ['on'],
    why: 'the entry of the servers: signals of the terminal are not for them',
  },
  'src/targets/reference/primary.ts': {
    members: ['connected', 'exit', 'on', 'pid', 'send'],
    why: 'a process that lives by its channel',
  },
  'src/targets/reference/primary-client.ts': {
    members: ['kill'],
    why: 'processes that are paused go on when their primary has died',
  },
  'src/targets/reference/server-process.ts': {
    members: ['connected', 'on', 'send'],
    why: 'a process that lives by its channel',
  },
  'src/targets/stores/cleanup.ts': {
    members: ['env', 'kill', 'platform'],
    why: 'it ends processes, and asks the system which they are',
  },
  'src/targets/stores/redis-server.ts': {
    members: ['env'],
    why: 'the server gets the search path, and nothing else of this environment',
  },
  'src/targets/stores/find-program.ts': {
    members: ['env'],
    why: 'servers are looked for where a shell would look',
  },
  'src/targets/stores/initdb-template.ts': {
    members: ['env'],
    why: 'the database gets this environment less what would change its behaviour',
  },
  'src/targets/stores/private-folders.ts': {
    members: ['getuid'],
    why: 'a folder that somebody else owns is not trusted',
  },
  'src/targets/stores/reaper.ts': {
    members: ['env', 'execPath'],
    why: 'it starts the watchdog with the same Node',
  },
  'src/targets/stores/reaper-entry.ts': {
    members: ['exit', 'on', 'stdin'],
    why: 'the entry of the watchdog: it lives by its pipe',
  },
  'src/targets/stores/server-account.ts': {
    members: ['getgid', 'getgroups', 'getuid'],
    why: 'PostgreSQL refuses to run as root',
  },
};

const bannedText: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\b(?:FIXME|TODO|XXX)\b/, instead: 'do it now, or open an issue' },
  {
    pattern: /eslint-disable/,
    instead: 'change the code; a rule that is wrong is changed for all',
  },
  { pattern: /@ts-(?:ignore|expect-error|nocheck)\b/, instead: 'make the types right' },
  { pattern: /biome-ignore/, instead: 'let the formatter have its way' },
];

/** Files below `folder` whose names end in `extension`, as paths from the root with `/`. */
function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();
}

/** Everything untidy in one source file, as `file:line: what, instead`. */
function untidyIn(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const at = (position: number): string =>
    `${path}:${source.getLineAndCharacterOfPosition(position).line + 1}`;
  const found: string[] = [];
  const lines = text.split('\n');
  if (basename(path) === 'index.ts') {
    found.push(`${path}:1: a barrel is banned, import from the file that defines the name`);
  }
  const length = text.endsWith('\n') ? lines.length - 1 : lines.length;
  if (length > linesMax) {
    found.push(`${path}:${length}: ${length} lines, split the file: ${linesMax} are the most`);
  }
  lines.forEach((line, index) => {
    for (const { pattern, instead } of bannedText) {
      const match = pattern.exec(line);
      if (match !== null) found.push(`${path}:${index + 1}: ${match[0]} is banned, ${instead}`);
    }
  });
  const visit = (node: ts.Node): void => {
    const banned = bannedUse(path, node);
    if (banned !== undefined) found.push(`${at(node.getStart(source))}: ${banned}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const { name, position } of undocumentedExports(source)) {
    found.push(
      `${at(position)}: export ${name} has no docstring, say what it is in a /** comment */`,
    );
  }
  return found;
}

/** What is wrong with this very node, without its position. */
function bannedUse(path: string, node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const rule = timeAndChance[node.getText()];
    if (rule !== undefined && path !== rule.home) {
      return `${node.getText()} is banned, ${rule.instead}`;
    }
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && path !== clockFile) {
    const isNow = (node.arguments ?? []).length === 0;
    if (isNow)
      return 'new Date() is banned, give it wallClockMs() or an instant that was passed in';
  }
  if (importsNamesOfProcess(node)) {
    return 'importing parts of process is banned, read them as process.x where that is allowed';
  }
  if (!ts.isIdentifier(node) || !isGlobalUse(node)) return undefined;
  if (node.text === 'console') return 'console is banned, write to an Output of the Environment';
  if (node.text !== 'process') return undefined;
  const member = processMember(node);
  if (processUses[path]?.members.includes(member) === true) return undefined;
  return `process.${member} is banned here, take it from the Environment or as an argument`;
}

/** `import { env } from 'node:process'`, which would hide the use; `import process from` does not. */
function importsNamesOfProcess(node: ts.Node): boolean {
  return (
    ts.isImportDeclaration(node) &&
    /^["'](?:node:)?process["']$/.test(node.moduleSpecifier.getText()) &&
    node.importClause?.namedBindings !== undefined
  );
}

/** The part of `process` that is used; `*` when the whole of it is handed on. */
function processMember(identifier: ts.Identifier): string {
  const { parent } = identifier;
  return ts.isPropertyAccessExpression(parent) ? parent.name.text : '*';
}

/** True when the identifier is read as a global: not a name of a member, nor a local of that name. */
function isGlobalUse(identifier: ts.Identifier): boolean {
  const { parent, text } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) return false;
  if (ts.isQualifiedName(parent) || ts.isImportClause(parent)) return false;
  const namesMember =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isBindingElement(parent);
  if (namesMember && parent.name === identifier) return false;
  if (ts.isVariableDeclaration(parent) && parent.name === identifier) return false;
  if (ts.isParameter(parent) && parent.name === identifier) return false;
  for (let scope: ts.Node = identifier; !ts.isSourceFile(scope); scope = scope.parent) {
    if (declares(scope.parent, text)) return false;
  }
  return true;
}

/** Whether `scope` itself has a parameter or a variable called `name`. */
function declares(scope: ts.Node, name: string): boolean {
  if (ts.isFunctionLike(scope)) {
    return scope.parameters.some((parameter) => bindsName(parameter.name, name));
  }
  if (ts.isBlock(scope) || ts.isSourceFile(scope)) return scope.statements.some(declaresVariable);
  if (ts.isForOfStatement(scope) || ts.isForStatement(scope)) {
    const { initializer } = scope;
    return (
      initializer !== undefined &&
      ts.isVariableDeclarationList(initializer) &&
      initializer.declarations.some((declaration) => bindsName(declaration.name, name))
    );
  }
  return false;

  function declaresVariable(statement: ts.Statement): boolean {
    return (
      ts.isVariableStatement(statement) &&
      statement.declarationList.declarations.some((declaration) =>
        bindsName(declaration.name, name),
      )
    );
  }
}

function bindsName(binding: ts.BindingName, name: string): boolean {
  if (ts.isIdentifier(binding)) return binding.text === name;
  return binding.elements.some(
    (element) => ts.isBindingElement(element) && bindsName(element.name, name),
  );
}

/**
 * Exports without a docstring. One comment may speak for a group: exports of one line directly below a
 * documented one. A type that only names what a documented value is (`typeof x`) needs none.
 */
function undocumentedExports(source: ts.SourceFile): { name: string; position: number }[] {
  const documented = new Set<string>();
  const found: { name: string; position: number }[] = [];
  let groupEndsAt = Number.NaN;
  for (const statement of source.statements) {
    const names = exportedNames(statement);
    if (names.length === 0) continue;
    const first = source.getLineAndCharacterOfPosition(statement.getStart(source)).line;
    const last = source.getLineAndCharacterOfPosition(statement.getEnd()).line;
    const inGroup = first === last && first === groupEndsAt + 1;
    const namesAValue =
      ts.isTypeAliasDeclaration(statement) &&
      [...statement.type.getText(source).matchAll(/\btypeof (\w+)/g)].some(
        ([, value]) => value !== undefined && documented.has(value),
      );
    if (ts.getJSDocCommentsAndTags(statement).length > 0 || inGroup || namesAValue) {
      for (const name of names) documented.add(name);
      groupEndsAt = last;
    } else found.push({ name: names.join(', '), position: statement.getStart(source) });
  }
  return found;
}

/** Names that a top-level statement declares and exports. */
function exportedNames(statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed ? [statement.name?.text ?? 'default'] : [];
}

const sources = filesBelow('src', '.ts').map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

describe('the sources are tidy', () => {
  it('looks at something', () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  it('has no barrel, long file, stray clock, chance, console, process, marker, or bare export', () => {
    expect(sources.flatMap(({ path, text }) => untidyIn(path, text))).toEqual([]);
  });

  it('allows no use of process that nobody makes', () => {
    const stale = Object.entries(processUses).flatMap(([path, { members, why }]) => {
      const text = sources.find((source) => source.path === path)?.text ?? '';
      return members
        .filter((member) => !new RegExp(`\\bprocess\\??\\.${member}\\b`).test(text))
        .map((member) => `${path} has no process.${member}, strike it from the list (${why})`);
    });
    expect(stale).toEqual([]);
  });
});

describe('the style test catches', () => {
  const documented = '/** One. */\n';
  const planted: readonly (readonly [what: string, path: string, text: string, found: RegExp])[] = [
    ['a barrel', 'src/core/index.ts', '', /^src\/core\/index\.ts:1: .*barrel/],
    ['a long file', 'src/a.ts', '// a\n'.repeat(401), /^src\/a\.ts:401: 401 lines/],
    ['Date.now', 'src/a.ts', '\nDate.now();\n', /^src\/a\.ts:2: Date\.now .*wallClockMs/],
    ['new Date()', 'src/a.ts', 'new Date();\n', /new Date\(\) is banned/],
    ['Math.random', 'src/core/clock.ts', 'Math.random();\n', /Math\.random .*rngFor/],
    ['performance.now', 'src/a.ts', 'performance.now();\n', /performance\.now .*runClock/],
    ['console', 'src/cli/a.ts', 'console.log(1);\n', /console is banned/],
    ['process', 'src/a.ts', 'void process.env;\n', /process\.env is banned/],
    ['process handed on', 'src/a.ts', 'f(process);\n', /process\.\* is banned/],
    ['process imported', 'src/a.ts', "import { env } from 'node:process';\n", /importing parts/],
    [
      'another part of process',
      'src/core/clock.ts',
      'process.exit();\n',
      /process\.exit is banned/,
    ],
    ['a marker', 'src/a.ts', ['// TO', 'DO: later\n'].join(''), /TODO is banned/],
    ['a silenced linter', 'src/a.ts', '/* eslint-disable */\n', /eslint-disable is banned/],
    ['a silenced compiler', 'src/a.ts', '// @ts-expect-error\n', /@ts-expect-error is banned/],
    ['a bare function', 'src/a.ts', 'export function f() {}\n', /^src\/a\.ts:1: export f has no/],
    ['a bare type', 'src/a.ts', 'export type T = typeof x;\n', /export T has no docstring/],
    [
      'a bare export after a gap',
      'src/a.ts',
      `${documented}export const a = 1;\n\nexport const b = 2;\n`,
      /^src\/a\.ts:4: export b has no/,
    ],
  ];

  it.each(planted)('%s', (_what, path, text, message) => {
    expect(untidyIn(path, text)).toEqual([expect.stringMatching(message)]);
  });

  const harmless: readonly (readonly [what: string, text: string])[] = [
    ['a local called process', 'const process = f();\nprocess.run();\n'],
    ['a parameter called process', 'f((process: P) => process.run());\n'],
    ['a member called process', 'void ({ process: 1 }).process;\n'],
    ['a date of a given instant', 'void new Date(0);\n'],
    [
      'a type that names a documented value',
      `${documented}export const a = [1];\n\nexport type A = typeof a;\n`,
    ],
    ['a group of one-liners', `${documented}export const a = 1;\nexport const b = 2;\n`],
    ['words in strings', "void 'process.env and console.log';\n"],
  ];

  it.each(harmless)('nothing in %s', (_what, text) => {
    expect(untidyIn('src/a.ts', text)).toEqual([]);
  });
});
