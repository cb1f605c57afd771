import type { Story, StoryStep } from './story.ts';

/**
 * A story as a Mermaid sequence diagram (https://mermaid.js.org/syntax/sequenceDiagram.html), which
 * code hosts and editors draw. Texts come from the server under test: everything that could end a
 * line or mean something to Mermaid or to HTML is replaced.
 */
export function mermaidOf(story: Story): string {
  const actors = [...new Set(story.steps.map(({ actor }) => actor))].filter(
    (actor) => actor !== 'store',
  );
  const alias = new Map(actors.map((actor, index) => [actor, `D${index + 1}`]));
  const lines = [
    'sequenceDiagram',
    `  %% ${story.id} ${safe(story.invariant)}: ${safe(story.figure)}`,
    ...actors.map((actor) => `  actor ${alias.get(actor) ?? 'D'} as ${safe(actor)}`),
    '  participant S as server',
    '  participant T as store',
    ...story.steps.map((step) => `  ${messageOf(step, alias.get(step.actor) ?? 'S')}`),
    ...story.store.map((fact) => `  Note over T: ${safe(fact)}`),
    `  Note over S,T: ${story.id} ${safe(story.invariant)}: ${safe(story.summary)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function messageOf({ kind, atMs, text }: StoryStep, device: string): string {
  const when = atMs === null ? '' : `${formatMs(atMs)} `;
  const what = `${when}${safe(text)}`;
  switch (kind) {
    case 'request':
      return `${device}->>S: ${what}`;
    case 'answer':
      return `S-->>${device}: ${what}`;
    case 'silence':
      return `S--x${device}: ${what}`;
    case 'store':
      return `S->>T: ${what}`;
  }
}

/** `+12.3 ms` after the opening, `−4.0 ms` before it, `+1.234 s`. */
export function formatMs(atMs: number): string {
  const sign = atMs < 0 ? '−' : '+';
  const size = Math.abs(atMs);
  if (size >= 1_000) return `${sign}${(size / 1_000).toFixed(3)} s`;
  return `${sign}${size.toFixed(size < 100 ? 1 : 0)} ms`;
}

/** `#`, `;` and `:` mean something to Mermaid, `<` and `&` to the page that it is drawn in. */
function safe(text: string): string {
  const flat = text.replaceAll(/[^\x20-\x7e×−–]/g, '?').replaceAll('%%', '%');
  const plain = flat.replaceAll(/[#;<>&"`{}]/g, (sign) => `#${sign.charCodeAt(0)};`);
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}
