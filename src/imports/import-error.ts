import { FlashsimError } from '../core/errors.ts';

/**
 * AUDIT_INPUT_INVALID: a file that is to be judged cannot be used as it is.
 *
 * @param line where in the file, from 1
 */
export function importError(
  file: string,
  mistake: string,
  fix: string,
  options: { readonly line?: number; readonly cause?: unknown } = {},
): FlashsimError {
  const { line, cause } = options;
  const place = line === undefined ? file : `${file}, line ${line}`;
  return new FlashsimError('AUDIT_INPUT_INVALID', { what: `${place}: ${mistake}.`, fix, cause });
}
