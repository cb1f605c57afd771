/**
 * A text that keeps no other alive: a piece that was cut out of a file's text would hold all of that
 * text in memory for as long as it is kept itself.
 */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Texts by number, in order of first use. */
class Numbered {
  readonly #numbers = new Map<string, number>();
  readonly texts: string[] = [];

  numberOf(text: string): number {
    const found = this.#numbers.get(text);
    if (found !== undefined) return found;
    const number = this.texts.length;
    const kept = ownText(text);
    this.#numbers.set(kept, number);
    this.texts.push(kept);
    return number;
  }

  find(text: string): number | undefined {
    return this.#numbers.get(text);
  }
}

/** What a person is called when the history names nobody. */
const unknownUser = 'unknown';

/** Devices of one person that a history can tell apart. */
export const devicesMax = 256;

/** Numbers for the keys, users and devices of another tool, and the way back. */
export class ImportedNames {
  readonly #keys = new Numbered();
  readonly #users = new Numbered();
  /** Of each user, by number. Most have one device, or none that has a name. */
  readonly #devices: (Numbered | undefined)[] = [];

  get keys(): number {
    return this.#keys.texts.length;
  }

  get users(): number {
    return this.#users.texts.length;
  }

  get devices(): number {
    return this.#devices.reduce((sum, devices) => sum + (devices?.texts.length ?? 1), 0);
  }

  intentOf(key: string): number {
    return this.#keys.numberOf(key);
  }

  userNumber(user: string | undefined): number {
    const number = this.#users.numberOf(user ?? unknownUser);
    if (this.#devices.length <= number) this.#devices.push(undefined);
    return number;
  }

  /** Number among the user's devices; {@link devicesMax} and up are too many. */
  deviceNumber(user: number, device: string | undefined): number {
    if (device === undefined) return 0;
    const devices = this.#devices[user] ?? new Numbered();
    this.#devices[user] = devices;
    return devices.numberOf(device);
  }

  /** The key of an intent; an imported history has one key for each. */
  keyOf(intent: number): string {
    return this.#keys.texts[intent] ?? '';
  }

  parseKey(key: string): { readonly intent: number; readonly keyVariant: number } | undefined {
    const intent = this.#keys.find(key);
    return intent === undefined ? undefined : { intent, keyVariant: 0 };
  }

  userOf(user: number): string {
    return this.#users.texts[user] ?? unknownUser;
  }

  deviceOf(user: number, device: number): string {
    return this.#devices[user]?.texts[device] ?? this.userOf(user);
  }
}
