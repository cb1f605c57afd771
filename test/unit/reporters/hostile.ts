import type { Json } from '../../../src/core/json.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { resultSchema } from '../../../src/results/result-schema.ts';

/** Fields that hold a word of ours and nothing of a target's. */
const ours: ReadonlySet<string> = new Set(['verdict', 'kind', 'state', 'outcome', 'backlog']);
/** Records whose names come from a target or a scenario. */
const foreignNames: ReadonlySet<string> = new Set([
  'invariants',
  'codes',
  'perInstance',
  'refusedByCode',
  'scenario',
]);

/** Texts that a page, a terminal, a spreadsheet or a parser might obey. */
export const hostileTexts = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<!--<script>',
  ']]></failure>',
  `"'\`><b onmouseover=alert(1)>`,
  '&lt;b&gt;&amp;',
  '\u202etxt.exe\u2066\u200f',
  '\u001b[2J\u009b31m\u0000\u0007',
  '=cmd|calc!A1',
  '| pipe | [link](javascript:alert(1)) @someone ![i](https://evil.test/x) `code`',
  'line\nbreak\r\n::error::injected\u2028end',
  '\ud800 lone surrogate \ufffe',
  '__proto__',
  'javascript:alert(1)',
] as const;

/** A result with `text` in every place that a target, a scenario or a command line fills. */
export function plantedWith(result: RunResult, text: string): RunResult {
  const planted = plant(result as unknown as Json, [], text);
  return resultSchema.parse(planted);
}

function plant(value: Json, path: readonly string[], text: string): Json {
  const key = path.at(-1) ?? '';
  if (typeof value === 'string') return ours.has(key) ? value : `${text} ${value}`;
  if (Array.isArray(value)) return value.map((item: Json) => plant(item, path, text));
  if (typeof value !== 'object' || value === null) return value;
  const isForeign = foreignNames.has(key) || path.at(-2) === 'codes';
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      isForeign ? `${name}${text}` : name,
      plant(member, [...path, name], text),
    ]),
  );
}
