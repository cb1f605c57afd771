import { gatesOf } from './gates.ts';
import { markdownReporter } from './markdown.ts';
import type { Reporter } from './reporter.ts';
import { plain } from './text.ts';

/** GitHub shows ten error annotations of a step and drops the rest. */
const annotationsMax = 10;

/**
 * Annotations for GitHub Actions, one for each gate that was violated, and the summary of the step:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export const githubReporter: Reporter = {
  name: 'github',
  describe: 'annotations and a step summary for GitHub Actions',
  appends: {
    variable: 'GITHUB_STEP_SUMMARY',
    render: (result, options) => markdownReporter.render(result, options),
  },
  render(result) {
    const violated = gatesOf(result).filter(({ verdict }) => verdict === 'violated');
    const shown = violated.length > annotationsMax ? annotationsMax - 1 : annotationsMax;
    const messages = violated.slice(0, shown).map(({ name, words, witness }) => ({
      title: `flashsim: ${name} violated`,
      text: [
        words,
        ...(witness === undefined ? [] : [witness]),
        `Replay: ${plain(result.replay, 4_096)}`,
      ].join('\n'),
    }));
    const rest = violated.slice(shown).map(({ name }) => name);
    if (rest.length > 0) {
      messages.push({ title: `flashsim: ${rest.length} more violated`, text: rest.join(', ') });
    }
    return messages
      .map(({ title, text }) => `::error title=${property(title)}::${data(text)}\n`)
      .join('');
  },
};

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
