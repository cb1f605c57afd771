import { describe, expect, it } from 'vitest';
import { run } from '../helpers/cli.ts';

// Its verdict rests on a latency, which is unknown where the load generator has no time.
const passthrough = 'target.reference.waitingRoom.queueing=passthrough';

describe('the built-in waiting-room', () => {
  it('shows what the room spares the server when nobody is held back', async () => {
    const { result, code } = await run('waiting-room', '--set', passthrough);
    expect(code).toBe(3);
    expect(result.thresholds).toContainEqual(
      expect.objectContaining({ metric: 'order.p99', verdict: 'violated' }),
    );
    expect(result.gateway?.waitingRoom).toMatchObject({ admitted: 600, waitingMax: 0 });
    expect(result.invariants['oversell']?.lo).toBe(0);
  });
});
