/**
 * Text with placeholders, `{{user.id}}` or `{{login.id | number}}`: the one grammar that the scenario's
 * schema checks and the user's own server is asked with.
 */

/** A place in a text that is filled in later. */
export interface Placeholder {
  /** What it names, in two parts: `user` and `id`. The second is empty for a plain word such as `key`. */
  readonly root: string;
  readonly name: string;
  /** As JSON it is a number, not a text. */
  readonly isNumber: boolean;
}

/** A text in the order of its pieces. */
export type TemplatePiece = string | Placeholder;

const opening = '{{';
const inside = /^\s*([A-Za-z][\w-]*)(?:\.([A-Za-z_][\w-]*))?\s*(?:\|\s*(\w+)\s*)?$/;

/**
 * Takes a text apart.
 *
 * @returns its pieces, or what is wrong with it
 */
export function parseTemplate(
  text: string,
): readonly TemplatePiece[] | { readonly mistake: string } {
  const pieces: TemplatePiece[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf(opening, at);
    if (start < 0) break;
    const end = text.indexOf('}}', start);
    if (end < 0) return { mistake: '"{{" is never closed' };
    const written = text.slice(start + opening.length, end);
    const [, root, name = '', filter] = inside.exec(written) ?? [];
    if (root === undefined) {
      return { mistake: `"{{${written.slice(0, 40)}}}" names nothing` };
    }
    if (filter !== undefined && filter !== 'number') {
      return { mistake: `there is no filter "${filter.slice(0, 40)}", only "number"` };
    }
    if (start > at) pieces.push(text.slice(at, start));
    pieces.push({ root, name, isNumber: filter === 'number' });
    at = end + 2;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}

/** The name of a placeholder as it is written: `user.id`, `key`. */
export function nameOfPlaceholder({ root, name }: Placeholder): string {
  return name === '' ? root : `${root}.${name}`;
}
