/** COMMIT was sent and no answer came: the transaction may or may not have been made durable. */
export class CommitUnknownError extends Error {
  override readonly name = 'CommitUnknownError';
}

/** A statement had failed and its error was swallowed, so nothing of the transaction was kept. */
export class TransactionAbortedError extends Error {
  override readonly name = 'TransactionAbortedError';
}
