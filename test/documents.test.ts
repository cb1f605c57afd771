import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../src/core/exit-codes.ts';

/** The documents and the package: what they name exists, and what they promise is what runs. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Markdown pages below `folder`, as paths from the root with `/`. */
function pagesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();
}

const pages = [...readdirSync(root).filter((name) => name.endsWith('.md')), ...pagesBelow('docs')];

interface Link {
  readonly line: number;
  readonly target: string;
}

/** Links of a Markdown page, outside of code. */
function linksOf(markdown: string): Link[] {
  const links: Link[] = [];
  let fenced = false;
  markdown.split('\n').forEach((text, index) => {
    if (/^\s*(?:```|~~~)/.test(text)) fenced = !fenced;
    if (fenced) return;
    const prose = text.replaceAll(/`[^`]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (target !== undefined) links.push({ line: index + 1, target });
    }
  });
  return links;
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.matchAll(/^#{1,6}\s+(.+?)\s*$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function brokenLinksOf(page: string, markdown: string): string[] {
  return linksOf(markdown).flatMap(({ line, target }) => {
    if (/^[a-z][a-z+.-]*:/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
    if (!existsSync(file)) return [`${page}:${line}: ${target} does not exist`];
    if (anchor === undefined || statSync(file).isDirectory()) return [];
    const linked = path === '' ? markdown : readFileSync(file, 'utf8');
    return anchorsOf(linked).has(anchor) ? [] : [`${page}:${line}: ${target} has no such heading`];
  });
}

const readPage = (page: string): string => readFileSync(join(root, page), 'utf8');

describe('the documents hold together', () => {
  it('resolves every relative link', () => {
    expect(pages.flatMap((page) => brokenLinksOf(page, readPage(page)))).toEqual([]);
  });

  it('would notice a link that leads nowhere', () => {
    const page = '[a](docs/none.md) [b](#nowhere) [c](https://example.test)\n```\n[d](no)\n```\n';
    expect(brokenLinksOf('README.md', page)).toEqual([
      'README.md:1: docs/none.md does not exist',
      'README.md:1: #nowhere has no such heading',
    ]);
  });

  it('links every reference page and decision from the README or ARCHITECTURE', () => {
    const linked = new Set(
      ['README.md', 'docs/ARCHITECTURE.md'].flatMap((page) =>
        linksOf(readPage(page)).map(({ target }) =>
          relative(root, resolve(root, dirname(page), target.split('#')[0] ?? '')),
        ),
      ),
    );
    const wanted = pages.filter((page) => /^docs\/(?:reference|adr|guides)\//.test(page));
    expect(wanted.filter((page) => !linked.has(page.split('/').join(sep)))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(0);
  });

  it('has decisions with context, decision and consequences, on a page each', () => {
    for (const page of pagesBelow('docs/adr')) {
      const text = readPage(page);
      const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect(headings, page).toEqual(['Context', 'Decision', 'Consequences']);
      expect(text.split('\n').length, page).toBeLessThanOrEqual(60);
    }
  });

  it('tells every exit code in the README', () => {
    const rows = [...readPage('README.md').matchAll(/^\| `?(\d+)`? \|/gm)].map(([, code]) =>
      Number(code),
    );
    expect(rows).toEqual(Object.values(exitCodes));
  });

  it('has CI run the commands of the README, word for word', () => {
    const quickStart = /## Quick start\n[\s\S]*?```console\n([\s\S]*?)```/.exec(
      readPage('README.md'),
    );
    const commands = (quickStart?.[1] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('$ '))
      .flatMap((line) => line.slice(2).split(' && '));
    expect(commands).toEqual(['npm ci', 'npx flashsim run sale-opening', 'npm test']);
    const ci = readPage('.ci/run');
    expect(commands.filter((command) => !ci.includes(command))).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readPage('package.json')) as {
    readonly bin: Readonly<Record<string, string>>;
    readonly files: readonly string[];
  };

  it('has every file that package.json names, once built', () => {
    const named = [...Object.values(manifest.bin), ...manifest.files];
    const missing = named.filter((path) => !existsSync(join(root, path)));
    expect(missing, 'missing: run `npm run build`').toEqual([]);
  });

  it('has commands that start Node on a built module', () => {
    for (const path of Object.values(manifest.bin)) {
      const text = readPage(path);
      expect(text, path).toMatch(/^#!\/usr\/bin\/env node\n/);
      const [, imported = ''] = /import '(.+)';/.exec(text) ?? [];
      expect(existsSync(resolve(root, dirname(path), imported)), `${path}: ${imported}`).toBe(true);
    }
  });
});
