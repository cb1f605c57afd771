import { acceptedNeverResolved } from './servers/accepted-never-resolved.ts';
import { answersOutOfOrder } from './servers/answers-out-of-order.ts';
import { asynchronous } from './servers/asynchronous.ts';
import { bookedOnAnotherAccount } from './servers/booked-on-another-account.ts';
import { bucketTooDeep } from './servers/bucket-too-deep.ts';
import { cancelCountedTwice } from './servers/cancel-counted-twice.ts';
import { cancelIgnored } from './servers/cancel-ignored.ts';
import { cancelsAndResells } from './servers/cancels-and-resells.ts';
import { capIgnored } from './servers/cap-ignored.ts';
import { capped } from './servers/capped.ts';
import { commitWithoutAnswer } from './servers/commit-without-answer.ts';
import { createdWithoutCommit } from './servers/created-without-commit.ts';
import { deniesExtraDevices } from './servers/denies-extra-devices.ts';
import { duplicateByRace } from './servers/duplicate-by-race.ts';
import { duplicateRowPerKey } from './servers/duplicate-row-per-key.ts';
import { evictedDeviceStillServed } from './servers/evicted-device-still-served.ts';
import { exact } from './servers/exact.ts';
import { failsOpenWhenStoreDown } from './servers/fails-open-when-store-down.ts';
import { keyReuseAccepted } from './servers/key-reuse-accepted.ts';
import { leaksStock } from './servers/leaks-stock.ts';
import { ledgerLostUpdate } from './servers/ledger-lost-update.ts';
import { limitByRace } from './servers/limit-by-race.ts';
import { limitSkippedOnSecondDevice } from './servers/limit-skipped-on-second-device.ts';
import { limiterDoubleAtEdge } from './servers/limiter-double-at-edge.ts';
import { limiterTooStrict } from './servers/limiter-too-strict.ts';
import { losesAnswers } from './servers/loses-answers.ts';
import { losesCancelledUnits } from './servers/loses-cancelled-units.ts';
import { notOpenAfterOpening } from './servers/not-open-after-opening.ts';
import { overEviction } from './servers/over-eviction.ts';
import { oversellByFreshKey } from './servers/oversell-by-fresh-key.ts';
import { oversellByRace } from './servers/oversell-by-race.ts';
import { oversellByTwoCaches } from './servers/oversell-by-two-caches.ts';
import { phantomRows } from './servers/phantom-rows.ts';
import { refusesAlthoughItSold } from './servers/refuses-although-it-sold.ts';
import { remainingToldTwice } from './servers/remaining-told-twice.ts';
import { restockedMidSale } from './servers/restocked-mid-sale.ts';
import { sellsAfterClosing } from './servers/sells-after-closing.ts';
import { sellsBeforeOpening } from './servers/sells-before-opening.ts';
import { severalUnitsPerOrder } from './servers/several-units-per-order.ts';
import { slidingWindow } from './servers/sliding-window.ts';
import { slowButExact } from './servers/slow-but-exact.ts';
import { soldOutFlagSticks } from './servers/sold-out-flag-sticks.ts';
import { soldOutThenSoldAgain } from './servers/sold-out-then-sold-again.ts';
import { soldOutWithStockLeft } from './servers/sold-out-with-stock-left.ts';
import { statusChangesAfterFinal } from './servers/status-changes-after-final.ts';
import { stockColumnNegative } from './servers/stock-column-negative.ts';
import { tokenBucket } from './servers/token-bucket.ts';
import { twoOrderIdsForOneKey } from './servers/two-order-ids-for-one-key.ts';
import type { Specimen } from './specimen.ts';

/** Every animal of the zoo: first those that are right, then those that are wrong. */
export const zoo: readonly Specimen[] = [
  answersOutOfOrder,
  asynchronous,
  cancelsAndResells,
  capped,
  deniesExtraDevices,
  exact,
  losesAnswers,
  restockedMidSale,
  severalUnitsPerOrder,
  slidingWindow,
  slowButExact,
  tokenBucket,
  acceptedNeverResolved,
  bookedOnAnotherAccount,
  bucketTooDeep,
  cancelCountedTwice,
  cancelIgnored,
  capIgnored,
  commitWithoutAnswer,
  createdWithoutCommit,
  duplicateByRace,
  duplicateRowPerKey,
  evictedDeviceStillServed,
  failsOpenWhenStoreDown,
  keyReuseAccepted,
  leaksStock,
  ledgerLostUpdate,
  limitByRace,
  limitSkippedOnSecondDevice,
  limiterDoubleAtEdge,
  limiterTooStrict,
  losesCancelledUnits,
  notOpenAfterOpening,
  overEviction,
  oversellByFreshKey,
  oversellByRace,
  oversellByTwoCaches,
  phantomRows,
  refusesAlthoughItSold,
  remainingToldTwice,
  sellsAfterClosing,
  sellsBeforeOpening,
  soldOutFlagSticks,
  soldOutThenSoldAgain,
  soldOutWithStockLeft,
  statusChangesAfterFinal,
  stockColumnNegative,
  twoOrderIdsForOneKey,
];
