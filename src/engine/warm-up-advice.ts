import type { WorkerFigures } from '../history/run-record.ts';

/** Why devices stayed outside: an answer that nothing was declared for explains itself. */
export function warmUpAdvice(figures: readonly WorkerFigures[]): {
  readonly why: string;
  readonly fix: string;
} {
  const [answer] = figures.flatMap(({ unmapped }) => unmapped ?? []);
  if (answer === undefined) {
    return {
      why: 'with fewer shoppers than the scenario asks for, its verdict would mean little',
      fix: 'Look at the server’s log; fewer users, or a larger connection backlog, may help.',
    };
  }
  const { operation, status, example } = answer;
  return {
    why: `to ${operation} the server answered ${status}, ${example}`,
    fix: `Correct target.http.requests.${operation}: its path, its outcomes or its captures.`,
  };
}
