/** A row by the names of its columns, as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** A store of somebody else's that is looked into and never changed. */
export interface ReadOnlyStore {
  /**
   * Reads at one instant.
   *
   * @throws {ReadError}
   */
  read<T>(work: (session: ReadOnlySession) => Promise<T>): Promise<T>;
}

/** One instant of a store. */
export interface ReadOnlySession {
  query(sql: string): Promise<readonly Row[]>;
}

/** Why something could not be read: `write` is a statement that was about to change something. */
export type ReadFailure = 'unreachable' | 'refused' | 'write' | 'timeout';

/** A store could not be read. The message is what the store said. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
  readonly kind: ReadFailure;

  constructor(kind: ReadFailure, message: string) {
    super(message);
    this.kind = kind;
  }
}
