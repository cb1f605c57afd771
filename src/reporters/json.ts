import { canonicalJson } from '../core/json.ts';
import type { Reporter } from './reporter.ts';
import { unsafeInTerminal } from './text.ts';

/**
 * The result as JSON (`result.schema.json`), keys in order, so that equal results have equal text.
 * Characters that a terminal would obey are escaped: the same value to a parser, harmless to a
 * person who looks at it.
 */
export const jsonReporter: Reporter = {
  name: 'json',
  describe: 'the whole result as JSON, for programs',
  fileName: 'report.json',
  render(result) {
    const ordered: unknown = JSON.parse(canonicalJson(result));
    // Outside strings the only such character is the newline of the indentation.
    const text = JSON.stringify(ordered, null, 2).replaceAll(unsafeInTerminal, (character) =>
      character === '\n' ? character : escaped(character),
    );
    return `${text}\n`;
  },
};

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
