import { sleep } from '../../../core/clock.ts';
import { isLockTimeout, isTransactionUndone } from '../../stores/mysql.ts';
import { OverloadedError } from '../errors.ts';

/**
 * Runs `transaction` again for as long as the server undoes it because of a deadlock or a conflict.
 *
 * @throws {OverloadedError} when it was undone `triesMax` times, or waited too long for a lock: nothing
 *   of it was kept
 */
export async function rerun<T>(transaction: () => Promise<T>, triesMax = 5): Promise<T> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (isLockTimeout(error)) throw new OverloadedError('A row was locked for too long.');
      if (!isTransactionUndone(error)) throw error;
      await sleep(tries);
    }
  }
  throw new OverloadedError('The transaction was undone by conflicts too often.');
}
