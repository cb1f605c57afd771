import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../src/engine/event-queue.ts';

describe('EventQueue', () => {
  it('gives events by time, and equal times in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const queue = new EventQueue(1);
        times.forEach((time, payload) => queue.push(time, payload));
        const taken: number[] = [];
        while (queue.size > 0) {
          const atNs = queue.nextAtNs;
          const payload = queue.pop();
          expect(times[payload]).toBe(atNs);
          taken.push(payload);
        }
        const expected = times.map((time, index) => ({ time, index }));
        expected.sort((a, b) => a.time - b.time || a.index - b.index);
        expect(taken).toEqual(expected.map(({ index }) => index));
      }),
    );
  });

  it('keeps its order when pushes and pops alternate', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 99 }))), (steps) => {
        const queue = new EventQueue(2);
        let model: number[] = [];
        for (const step of steps) {
          if (step !== null) {
            queue.push(step, step);
            model = [...model, step].sort((a, b) => a - b);
          } else if (queue.size > 0) expect(queue.pop()).toBe(model.shift());
          expect(queue.nextAtNs).toBe(model[0] ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });
});
