import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOvertaking } from '../../../src/results/gateway/waiting-room/overtaking.ts';

/** Instants of one visitor: came, was answered, asked for the last time, was let in. */
type Visit = readonly [cameSent: number, cameDone: number, inSent: number, inDone: number];

function turnsOf(visits: readonly Visit[]) {
  const column = (index: 0 | 1 | 2 | 3) => Float64Array.from(visits, (visit) => visit[index]);
  return {
    cameSentNs: column(0),
    cameDoneNs: column(1),
    inSentNs: column(2),
    inDoneNs: column(3),
  };
}

/** By the definition, pair by pair. */
function bruteForce(visits: readonly Visit[]) {
  let [pairs, overtaken] = [0, 0];
  for (const [, cameDone, inSent] of visits) {
    for (const [laterSent, , , laterInDone] of visits) {
      if (laterSent <= cameDone) continue;
      pairs += 1;
      if (laterInDone < inSent) overtaken += 1;
    }
  }
  return { pairs, overtaken };
}

/** One who comes, asks again after a while or not at all, with answers that take a moment. */
const visitArbitrary = fc
  .tuple(fc.nat(30), fc.integer({ min: 1, max: 4 }), fc.nat(30), fc.integer({ min: 1, max: 4 }))
  .map(([came, took, waited, tookLater]): Visit => {
    const inSent = waited === 0 ? came : came + took + waited;
    return [came, came + took, inSent, waited === 0 ? came + took : inSent + tookLater];
  });

describe('pairs that were let in against their order of arrival', () => {
  it('are none in order of arrival, and all in reverse', () => {
    const came = [0, 10, 20, 30];
    const inOrder = came.map((at): Visit => [at, at + 1, at + 100, at + 101]);
    const reversed = came.map((at): Visit => [at, at + 1, 200 - at, 201 - at]);
    expect(countOvertaking(turnsOf(inOrder))).toEqual({ pairs: 6, overtaken: 0 });
    expect(countOvertaking(turnsOf(reversed))).toEqual({ pairs: 6, overtaken: 6 });
    expect(countOvertaking(turnsOf([]))).toEqual({ pairs: 0, overtaken: 0 });
  });

  it('are not counted where nobody knows who came first, or was let in first', () => {
    expect(
      countOvertaking(
        turnsOf([
          [0, 5, 50, 55],
          [3, 8, 20, 25],
        ]),
      ),
    ).toEqual({ pairs: 0, overtaken: 0 });
    expect(
      countOvertaking(
        turnsOf([
          [0, 1, 50, 55],
          [3, 4, 49, 54],
        ]),
      ),
    ).toEqual({ pairs: 1, overtaken: 0 });
  });

  it('are those of the definition', () => {
    fc.assert(
      fc.property(fc.array(visitArbitrary, { maxLength: 40 }), (visits) => {
        expect(countOvertaking(turnsOf(visits))).toEqual(bruteForce(visits));
      }),
    );
  });
});
