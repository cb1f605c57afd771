import { percentDecoded } from './percent-encoding.ts';

/** What stands in place of a secret. */
const secretMark = '***';

/**
 * Shorter ones are not looked for: a password such as `pass` stands in every other sentence, and to mask
 * it there would say what it is.
 */
const secretCharactersMin = 6;

/**
 * Passwords that everybody has on their own machine, and that are words of reports too: `postgres` is a
 * store, and `password` what an error says to write. To mask them would hide much and protect nothing.
 */
const openSecrets: ReadonlySet<string> = new Set([
  'password',
  'secret',
  'changeme',
  'example',
  'postgres',
  'mariadb',
  'mysql',
  'redis',
  'flashsim',
]);

/** Names of settings, fields, headers and variables whose values are nobody else's business. */
const secretName =
  /passw|passphrase|pwd|(?:^|[^a-z])pass(?:[^a-z]|$)|secret|token|authori[sz]ation|cookie|api[-_]?key|private[-_]?key|credential|signature|bearer/i;

/** Parameters of a URL that hold a secret under names that mean something else elsewhere. */
const secretParameter = /^(?:key|sig|auth|code|sid|session|jwt)$/i;

/** A parameter's value that looks drawn at random. */
const tokenLike = /^(?=.*\d)(?=.*[a-z])[\w.~+/=-]{16,}$/i;

/** Whether what is called so is likely to be a secret. */
export function isSecretName(name: string): boolean {
  // `accessToken` and `ACCESS_TOKEN` are the same name.
  return secretName.test(name.replaceAll(/([a-z])([A-Z])/g, '$1-$2'));
}

/**
 * The secrets that a command has come across, so that none is shown: what is written for people, or kept
 * in a file, goes through {@link redact}. A set that only grows.
 */
export class Secrets {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  constructor(values: Iterable<string> = []) {
    this.learn(values);
  }

  /** Adds secrets, each also as it stands in a URL and in JSON. Short ones are passed over. */
  learn(values: Iterable<string>): void {
    const before = this.#values.size;
    for (const value of values) {
      for (const form of formsOf(value.trim())) {
        if (form.length >= secretCharactersMin && !openSecrets.has(form)) this.#values.add(form);
      }
    }
    if (this.#values.size !== before) this.#pattern = undefined;
  }

  /** What was learnt, in every form. */
  get values(): readonly string[] {
    return [...this.#values];
  }

  /** The text with every secret in it masked. */
  text(text: string): string {
    if (this.#values.size === 0) return text;
    this.#pattern ??= patternOf(this.#values);
    return text.replace(this.#pattern, secretMark);
  }

  /**
   * A copy of plain values with every text in them masked; keys stay. What is no plain value, such as a
   * typed array, is handed on as it is.
   */
  redact<T>(value: T): T {
    return this.#values.size === 0 ? value : (this.#masked(value) as T);
  }

  #masked(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#masked(item));
    if (typeof value !== 'object' || value === null) return value;
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.#masked(member)]),
    );
  }
}

function formsOf(value: string): readonly string[] {
  const quoted = JSON.stringify(value).slice(1, -1);
  return [value, quoted, encoded(value), percentDecoded(value)];
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half a surrogate pair.
    return text;
  }
}

/** The longest first: of two secrets that begin alike the whole is masked. */
function patternOf(values: ReadonlySet<string>): RegExp {
  const alternatives = [...values]
    .sort((a, b) => b.length - a.length)
    .map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(alternatives.join('|'), 'g');
}

/**
 * The secrets in the URLs of a text: the password, a user name that stands alone, and the values of
 * parameters that are called like a secret or look drawn at random. A user name beside a password is
 * none: `postgres` stands in too many sentences.
 */
export function secretsOfUrls(text: string): readonly string[] {
  const found: string[] = [];
  for (const [, authority = '', rest = ''] of text.matchAll(
    /[a-z][a-z0-9+.-]*:\/\/([^\s/?#]*)([^\s#]*)/gi,
  )) {
    const at = authority.lastIndexOf('@');
    if (at >= 0) {
      const [user = '', ...password] = authority.slice(0, at).split(':');
      found.push(password.length > 0 ? password.join(':') : user);
    }
    found.push(...secretsOfQuery(rest));
  }
  return found;
}

/** The secrets in what stands behind the `?` of a path or a URL. */
export function secretsOfQuery(path: string): readonly string[] {
  const [, query = ''] = /\?([^#]*)/s.exec(path) ?? [];
  return query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 0) return [];
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    const isSecret = isSecretName(name) || secretParameter.test(name) || tokenLike.test(value);
    return isSecret ? literalsOf(value) : [];
  });
}

/** What a template says itself, between its placeholders. The scheme of an `Authorization` is no secret. */
export function literalsOf(template: string): readonly string[] {
  return template
    .replace(/^(?:Bearer|Basic|Digest|Token|Api-?Key)\s+/i, '')
    .split(/\{\{[^}]*\}\}/)
    .filter((piece) => piece.trim() !== '');
}
