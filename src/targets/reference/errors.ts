/** The server gives up before any effect: everything was undone. Answered 503 `overloaded`. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}
