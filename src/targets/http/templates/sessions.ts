import type { RequestTemplate } from '../options.ts';
import type { Answer } from './answer.ts';
import { compileCapture, describeCapture, type Finder } from './captures.ts';
import { cookieHeader, mergedCookies } from './cookies.ts';

/** Between the values of a session: none of them can hold it. */
const separator = '\n';

/** What a device has since it logged in: the values that its login captured, then its cookies. */
export class Sessions {
  /** Names of the captured values, in their order. */
  readonly names: readonly string[];
  readonly #finders: readonly { readonly find: Finder; readonly place: string }[];
  readonly #keepsCookies: boolean;
  readonly #begun: string[] = [];

  constructor(login: RequestTemplate | undefined, keepsCookies: boolean) {
    const captures = Object.entries(login?.capture ?? {});
    this.names = captures.map(([name]) => name);
    this.#finders = captures.map(([, capture]) => ({
      find: compileCapture(capture),
      place: describeCapture(capture),
    }));
    this.#keepsCookies = keepsCookies;
  }

  /** The session of a device that did not log in. */
  get none(): string {
    return separator.repeat(this.names.length);
  }

  /** The session that the answer of a login makes, or what it lacks. */
  begin(answer: Answer): { readonly token: string } | { readonly mistake: string } {
    const values: string[] = [];
    for (const [index, { find, place }] of this.#finders.entries()) {
      const value = find(answer);
      if (value === undefined) {
        return { mistake: `the capture "${this.names[index] ?? ''}" found nothing at ${place}` };
      }
      values.push(value);
    }
    const cookies = this.#keepsCookies ? cookieHeader(answer.cookies) : '';
    const token = [...values, cookies].join(separator);
    this.#begun.push(token);
    return { token };
  }

  /** What was captured of a login, or set as its cookie, and stands in `text`. */
  *secretsIn(text: string): Generator<string> {
    for (const token of this.#begun) {
      for (const value of token.split(/\n|; /)) {
        for (const secret of [value, value.replace(/^[^=]*=/, '')]) {
          if (secret !== '' && text.includes(secret)) yield secret;
        }
      }
    }
  }

  /** The captured values, and the cookies after them. */
  read(token: string | undefined): readonly string[] {
    return token === undefined ? [] : token.split(separator);
  }

  /** The session with the cookies of a later answer. */
  renew(token: string, cookies: string): string {
    const at = token.lastIndexOf(separator) + 1;
    return token.slice(0, at) + mergedCookies(token.slice(at), cookies);
  }
}
