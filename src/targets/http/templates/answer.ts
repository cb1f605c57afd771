import type { WireResponse } from '../../target.ts';
import { cookiesSetBy } from './cookies.ts';

/** Rules look at this much of a body: a page that is longer has said by then what it is. */
const textBytesMax = 256 * 1024;

/** An answer as rules and captures see it: read only as far as one of them asks. Hostile input. */
export class Answer {
  readonly response: WireResponse;
  #text: string | undefined;
  #json: { readonly value: unknown } | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;

  constructor(response: WireResponse) {
    this.response = response;
  }

  get status(): number {
    return this.response.status;
  }

  /** The body as text, at most its first 256 KiB. */
  get text(): string {
    this.#text ??= this.response.body.toString('utf8', 0, textBytesMax);
    return this.#text;
  }

  /** The body as JSON; undefined when it is none, or too long to be read as such. */
  get json(): unknown {
    this.#json ??= { value: this.#parse() };
    return this.#json.value;
  }

  /** Cookies that it sets; one that it deletes is empty. */
  get cookies(): ReadonlyMap<string, string> {
    this.#cookies ??= cookiesSetBy(this.response);
    return this.#cookies;
  }

  #parse(): unknown {
    const { length } = this.response.body;
    if (length === 0 || length > textBytesMax) return undefined;
    try {
      return JSON.parse(this.text);
    } catch {
      return undefined;
    }
  }
}
