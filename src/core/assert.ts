/** A broken assumption of flashsim's own: always a bug in flashsim, never bad input (exit code 1). */
class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws {@link AssertionError} when `condition` is false. `message` says what was assumed. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Closes a `switch` over a union: the compiler rejects it when a member was forgotten. */
export function assertNever(value: never, what: string): never {
  throw new AssertionError(`unexpected ${what}: ${JSON.stringify(value)}`);
}

/** `value` without `undefined`, for look-ups that cannot miss. `what` names the thing looked up. */
export function defined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionError(`${what} is missing`);
  return value;
}
