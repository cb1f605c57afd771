/** The middle of some numbers. */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The value that `percent` of some numbers do not exceed. */
export function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}

/** A titled table in Markdown. */
export function table(title, head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [`${title}:`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join(
    '\n',
  );
}
