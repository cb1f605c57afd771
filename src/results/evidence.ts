import { type Evidence, namesOfRun } from '../audit/evidence.ts';
import type { RunOutcome } from '../engine/run-outcome.ts';
import { unmappedDoubts } from './unmapped.ts';

/**
 * What the audit judges a played run by.
 *
 * @param exclusive nobody but this run can have reached the stock, as with the reference server
 */
export function evidenceOf(outcome: RunOutcome, exclusive: boolean): Evidence {
  const { runId, contract, epoch, attempts, truth, truthNote, quiesced, interrupted } = outcome;
  return {
    runId,
    contract,
    epoch,
    openingNs: outcome.opening.opensNs,
    attempts,
    truth,
    truthNote,
    ledgerNote: outcome.ledgerNote,
    quiesced,
    interrupted,
    exclusive,
    events: outcome.events,
    doubts: unmappedDoubts(outcome.workers),
    control: outcome.control,
    names: namesOfRun(runId),
    faults: outcome.faults.map(({ description, fired, detail }) => ({
      description,
      fired,
      detail,
    })),
  };
}
