import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { FlashsimError, messageOf, systemCodeOf } from '../../core/errors.ts';
import type { TlsMaterial } from '../target.ts';
import type { TlsFiles } from './options.ts';

/**
 * Reads certificates and a key, and tries them.
 *
 * @param folder where paths count from
 * @throws FlashsimError SCENARIO_INVALID when they cannot be used
 */
export async function readTlsFiles(files: TlsFiles, folder: string): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    readPem('ca', files.ca, folder),
    readPem('cert', files.cert, folder),
    readPem('key', files.key, folder),
  ]);
  const material: TlsMaterial = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  try {
    createSecureContext(material);
  } catch (error) {
    throw new FlashsimError('SCENARIO_INVALID', {
      what: 'The files of `target.http.tls` cannot be used.',
      why: messageOf(error),
      fix: 'Name PEM files: a certificate, and the key that belongs to it, without a password.',
    });
  }
  return material;
}

async function readPem(
  name: string,
  file: string | undefined,
  folder: string,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  let why = 'it is no PEM file';
  try {
    const text = await readFile(resolve(folder, file), 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
  }
  throw new FlashsimError('SCENARIO_INVALID', {
    what: `\`target.http.tls.${name}\` cannot be used: ${why}.`,
    fix: `Correct the path ${file}: it counts from the folder of the scenario.`,
  });
}
