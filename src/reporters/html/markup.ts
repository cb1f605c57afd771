import { unsafeInTerminal } from '../text.ts';

/** HTML that is safe to put into a page as it is. Made by {@link html} alone. */
export class Markup {
  readonly text: string;

  /** @param text HTML whose every foreign part is escaped */
  constructor(text: string) {
    this.text = text;
  }
}

/** What stands in a template: text is escaped, markup is not, lists are joined, undefined is nothing. */
type Part = string | number | Markup | undefined | readonly Part[];

/**
 * HTML from a template: `html\`<b>${text}</b>\``. Whatever is put in is shown as text, unless it is
 * markup itself. Attributes have to be quoted.
 */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = literals.map((literal, at) => literal + rendered(parts[at]));
  return new Markup(pieces.join(''));
}

function rendered(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeHtml(visible(part));
  return part.map(rendered).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '');
}

/**
 * Text with the characters written out that a reader would not see: controls, and marks that turn the
 * direction of what follows (`\u202e` reads as those six characters). Line breaks and tabs are spaces.
 */
export function visible(text: string): string {
  return text
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(unsafeInTerminal, written)
    .replaceAll(/[\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu, (sign) =>
      sign === '\u200d' ? sign : written(sign),
    );
}

function written(sign: string): string {
  return String.raw`\u` + (sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
}

/** JSON for a `<script type="application/json">`: no text in it can end the element. */
export function jsonScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', String.raw`\u003c`));
}
