import { describe, expect, it } from 'vitest';
import { run } from '../helpers/cli.ts';

const queueing = (name: string): readonly string[] => [
  '--set',
  `target.reference.waitingRoom.queueing=${name}`,
];

describe('the built-in waiting-room', () => {
  it('keeps the crowd from the server, and serves those first who came first', async () => {
    const { result, code } = await run('waiting-room');
    expect(code, JSON.stringify(result.invariants)).toBe(0);
    const room = result.gateway?.waitingRoom;
    expect(room).toMatchObject({ queueing: 'fifo', came: 600, stillWaiting: 0 });
    expect(room?.admitted).toBe(600 - (room?.abandoned ?? 0));
    expect(room?.waitingMax).toBeGreaterThan(400);
    expect(room?.insideMax).toBeLessThan(100);
    expect(room?.insideCertainMax).toBeLessThanOrEqual(40);
    expect(room?.admittedPerMinuteMax).toBeLessThanOrEqual(4_800);
    expect(room?.overtaken).toBeLessThan(0.1);
    // Waiting is no order: who went away has none, and nobody tried again.
    expect(result.attempts).toBe(room?.admitted);
    expect(result.amplification).toBe(1);
    expect(result.codes['order']).not.toHaveProperty('waiting');
    expect(result.codes['enter']).toMatchObject({ ok: room?.admitted });
    const bots = result.groups?.find(({ name }) => name === 'bots');
    expect(bots?.share).toBeGreaterThan(0.8);
  });

  it('gives everybody the same chance by drawing lots, in whatever order they came', async () => {
    const { result, code } = await run('waiting-room', ...queueing('random'));
    expect(code, JSON.stringify(result.invariants)).toBe(0);
    expect(result.gateway?.waitingRoom?.overtaken).toBeGreaterThan(0.25);
    const bots = result.groups?.find(({ name }) => name === 'bots');
    expect(bots?.share).toBeLessThan(0.7);
  });

  it('passes nothing when everybody still waits', async () => {
    const { result, code } = await run(
      'waiting-room',
      ...['--set', 'target.reference.waitingRoom.newUsersPerMinute=1'],
      ...['--set', 'workload.endsAt=5s'],
    );
    expect(code).toBe(4);
    expect(result.verdict).toBe('unknown');
    expect(result.invariants['nonVacuity']?.verdict).toBe('unknown');
    expect(result.gateway?.waitingRoom?.stillWaiting).toBeGreaterThan(400);
  });
});
