import type { RunResult } from '../../results/result.ts';
import { recoveryText } from '../retry-facts.ts';
import { hanging, plain } from '../text.ts';
import type { Style } from './style.ts';

/** Whether the server came back after each fault. */
export function recoveryLines({ recoveries }: RunResult, style: Style, columns: number): string[] {
  return recoveries.flatMap((recovery) => {
    const label = `  ${recovery.verdict.padEnd(11)}`;
    const lines = hanging(label, plain(recoveryText(recovery)), columns);
    switch (recovery.verdict) {
      case 'recovered':
        return lines;
      case 'recovering':
      case 'unknown':
        return lines.map((line) => style.unknown(line));
      case 'metastable':
        return lines.map((line) => style.violated(line));
    }
  });
}
