import { compileJsonPath } from '../../../core/json-path.ts';
import type { OutcomeRule, StatusPattern } from '../options.ts';
import type { OutcomeName } from '../outcome-names.ts';
import type { Answer } from './answer.ts';

/** What an answer means, by the first rule that fits; undefined when none does. */
export type Outcomes = (answer: Answer) => OutcomeName | undefined;

type Condition = (answer: Answer) => boolean;

/** Compiles the rules of a valid scenario, in their order. */
export function compileOutcomes(rules: readonly OutcomeRule[]): Outcomes {
  const compiled = rules.map((rule) => ({ conditions: conditionsOf(rule), is: rule.is }));
  return (answer) =>
    compiled.find(({ conditions }) => conditions.every((fits) => fits(answer)))?.is;
}

function conditionsOf({ status, header = {}, json = {}, body }: OutcomeRule): Condition[] {
  const conditions: Condition[] = [];
  // The cheapest comes first.
  if (status !== undefined) {
    const fits = statusTest(status);
    conditions.push((answer) => fits(answer.status));
  }
  for (const [name, wanted] of Object.entries(header)) {
    const fits = textTest(wanted, (text) => text === wanted);
    conditions.push((answer) => {
      const value = answer.response.header(name);
      return value !== undefined && fits(value);
    });
  }
  for (const [path, wanted] of Object.entries(json)) {
    const find = compileJsonPath(path);
    const fits = jsonTest(wanted);
    conditions.push((answer) => find?.(answer.json).some(fits) === true);
  }
  if (body !== undefined) {
    const fits = textTest(body, (text) => text.includes(body));
    conditions.push((answer) => fits(answer.text));
  }
  return conditions;
}

/** Whether a status is one of some, or of one of some classes. */
export function statusTest(
  patterns: StatusPattern | readonly StatusPattern[],
): (status: number) => boolean {
  const list = Array.isArray(patterns) ? (patterns as readonly StatusPattern[]) : [patterns];
  const wanted = new Set(list.map(String));
  return (status) => wanted.has(String(status)) || wanted.has(`${Math.floor(status / 100)}xx`);
}

/** `/pattern/flags` as a pattern; undefined for any other text. */
function patternOf(text: string): RegExp | undefined {
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(text) ?? [];
  return source === undefined ? undefined : new RegExp(source, flags);
}

function textTest(wanted: string, otherwise: (text: string) => boolean): (text: string) => boolean {
  const pattern = patternOf(wanted);
  return pattern === undefined ? otherwise : (text) => pattern.test(text);
}

function jsonTest(wanted: string | number | boolean | null): (value: unknown) => boolean {
  const pattern = typeof wanted === 'string' ? patternOf(wanted) : undefined;
  if (pattern === undefined) return (value) => value === wanted;
  return (value) =>
    (typeof value === 'string' || typeof value === 'number') && pattern.test(String(value));
}
