import type { ServerProcesses } from './cache/cache-desk.ts';
import type { Answer, Question } from './ipc.ts';

/** The server processes as whoever can ask their primary sees them. */
export function processesBy(
  ask: (question: Extract<Question, { kind: 'cache-report' | 'warm-up' }>) => Promise<Answer>,
): ServerProcesses {
  return {
    cacheReports: async (productId) => {
      const answer = await ask({ kind: 'cache-report', productId });
      if (answer.kind === 'cache-reports') return answer.reports;
      throw new Error(`not every server process told what it has in flight${reasonOf(answer)}`);
    },
    warmUpMemories: async (productId) => {
      const answer = await ask({ kind: 'warm-up', productId });
      if (answer.kind === 'done') return;
      throw new Error(`not every server process loaded its count${reasonOf(answer)}`);
    },
  };
}

function reasonOf(answer: Answer): string {
  return answer.kind === 'not-done' ? `: ${answer.detail}` : '';
}
