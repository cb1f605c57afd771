import { z } from 'zod';
import { FlashsimError } from '../../core/errors.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { secretsOfUrls } from '../../core/secrets.ts';
import { fetchText } from '../../targets/http/fetch-text.ts';
import { requireConsent } from '../../targets/remote-consent.ts';
import type { Environment } from '../environment.ts';

/** What `flashsim warm-up` was asked for. */
export interface WarmUpOptions {
  /** Where the admin routes of the server are. */
  readonly url: string;
  /** The product to warm up; undefined for all. */
  readonly product?: string;
  /** Consent to leave this machine. */
  readonly allowRemote: boolean;
}

/** All rows of the sale are read to load a count. */
const timeoutMs = 30_000;
const answerMaxBytes = 64 * 1024;

const answerSchema = z.object({ warmedUp: z.array(z.string()) });
const problemSchema = z.object({ detail: z.string() });

/** `flashsim warm-up`: has a server that `flashsim serve` started load its cached counts anew. */
export async function warmUpCommand(
  environment: Environment,
  { url, product, allowRemote }: WarmUpOptions,
): Promise<ExitCode> {
  environment.secrets.learn(secretsOfUrls(url));
  const base = adminUrlOf(url);
  const { hostname } = base;
  requireConsent(hostname, 'The server', { allowRemote, allowHosts: [hostname] });
  const { status, text } = await fetchText(`${base.href.replace(/\/+$/, '')}/warm-up`, {
    method: 'POST',
    json: product === undefined ? {} : { productId: product },
    timeoutMs,
    maxBytes: answerMaxBytes,
    what: 'a warm-up',
  });
  const answer = parsed(text);
  const told = answerSchema.safeParse(answer);
  if (status >= 200 && status < 300 && told.success) {
    for (const line of told.data.warmedUp) environment.stdout.write(`${line}\n`);
    return exitCodes.pass;
  }
  const problem = problemSchema.safeParse(answer);
  throw new FlashsimError('TARGET_UNAVAILABLE', {
    what: `The server answered ${status} to the warm-up.`,
    ...(problem.success ? { why: problem.data.detail.slice(0, 300) } : {}),
    fix: 'Give the admin URL that `flashsim serve` prints, and a product that it sells from a cache.',
  });
}

function adminUrlOf(url: string): URL {
  const parsedUrl = URL.canParse(url) ? new URL(url) : undefined;
  if (parsedUrl !== undefined && /^https?:$/.test(parsedUrl.protocol)) return parsedUrl;
  throw new FlashsimError('USAGE', {
    what: `--url ${url} is no http:// or https:// URL.`,
    fix: 'Write the admin URL that `flashsim serve` prints, such as http://127.0.0.1:8080/admin.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
