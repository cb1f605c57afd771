import type { RunResult } from '../../results/result.ts';
import { hanging } from '../text.ts';
import { verdictWords } from '../words.ts';
import type { Style } from './style.ts';

const reasonsMax = 4;

/** The verdict in plain words: the first thing to be read. */
export function headline(result: RunResult, style: Style, columns: number): string[] {
  const { verdict } = result;
  const label = verdict.toUpperCase();
  const reasons = verdictWords(result);
  const shown = reasons.slice(0, reasonsMax);
  if (reasons.length > reasonsMax) shown.push(`and ${reasons.length - reasonsMax} more, see below`);
  return shown.flatMap((reason, index) => {
    const indent = index === 0 ? `${label}  ` : ' '.repeat(label.length + 2);
    const lines = hanging(indent, reason, columns);
    return lines.map((line, row) =>
      index === 0 && row === 0
        ? style.heading(style[verdict](label)) + line.slice(label.length)
        : line,
    );
  });
}
