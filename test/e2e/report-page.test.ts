import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { htmlReporter } from '../../src/reporters/html.ts';
import type { RunResult } from '../../src/results/result.ts';
import { emptyTimeline } from '../../src/results/timeline.ts';
import { startChromium } from '../helpers/chromium.js';
import { run, smallProfile } from '../helpers/cli.ts';
import { fullResult } from '../unit/reporters/full-result.ts';
import { hostileTexts, plantedWith } from '../unit/reporters/hostile.ts';
import { passing, undecided, violated } from '../unit/reporters/result-fixture.ts';

/** Screenshots stay when somebody wants to look at them. */
const shots = process.env['FLASHSIM_SCREENSHOTS'];
const screens: Readonly<Record<string, BrowserContextOptions>> = {
  'desktop-light': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  'desktop-dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  'phone-light': {
    viewport: { width: 360, height: 780 },
    colorScheme: 'light',
    isMobile: true,
    hasTouch: true,
  },
  'phone-dark': {
    viewport: { width: 360, height: 780 },
    colorScheme: 'dark',
    isMobile: true,
    hasTouch: true,
  },
};
const results: Readonly<Record<string, RunResult>> = {
  passing,
  violated,
  undecided,
  full: fullResult,
};

/** Charts of a result that has every figure. */
const chartsOfAll = 6;

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await startChromium();
  folder = mkdtempSync(join(tmpdir(), 'report-page-'));
}, 300_000);
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

interface Opened {
  readonly page: Page;
  /** Errors, warnings, breaches of the security policy, dialogs, and requests for anything else. */
  readonly complaints: string[];
}

async function open(result: RunResult, options: BrowserContextOptions = {}): Promise<Opened> {
  const file = join(folder, 'report.html');
  writeFileSync(file, htmlReporter.render(result, { colour: false, columns: 80 }));
  return openFile(file, options);
}

async function openFile(file: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const url = pathToFileURL(file).href;
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (asked !== url && !asked.startsWith('data:')) complaints.push(`request: ${asked}`);
  });
  await page.goto(url);
  return { page, complaints };
}

async function close({ page }: Opened): Promise<void> {
  await page.context().close();
}

/** How many colours a canvas shows: an empty one has one. */
function coloursOf(page: Page): Promise<number[]> {
  return page.evaluate(`Array.from(document.querySelectorAll('canvas'), (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })`);
}

describe('report.html in a real browser', () => {
  const cases = Object.keys(results).flatMap((name) =>
    Object.keys(screens).map((screen) => ({ name, screen })),
  );

  it.each(cases)(
    '$name on $screen: draws every chart, fits the screen, complains of nothing and asks for nothing',
    async ({ name, screen }) => {
      const opened = await open(results[name] ?? passing, screens[screen]);
      const { page, complaints } = opened;
      const colours = await coloursOf(page);
      expect(colours.length).toBe(await page.locator('figure.chart').count());
      for (const count of colours) expect(count).toBeGreaterThan(3);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width).toBe(screens[screen]?.viewport?.width);
      const shot = await page.screenshot({ fullPage: true });
      expect(shot.length).toBeGreaterThan(20_000);
      if (shots !== undefined) {
        mkdirSync(shots, { recursive: true });
        writeFileSync(join(shots, `${name}-${screen}.png`), shot);
      }
      expect(complaints).toEqual([]);
      await close(opened);
    },
  );

  it('has another ground and other inks in the dark, and none of its texts is hard to read', async () => {
    const grounds: string[] = [];
    for (const screen of ['desktop-light', 'desktop-dark']) {
      const opened = await open(fullResult, screens[screen]);
      grounds.push(await opened.page.evaluate('getComputedStyle(document.body).backgroundColor'));
      const faint: string[] = await opened.page.evaluate(contrastScript);
      expect(faint).toEqual([]);
      await close(opened);
    }
    expect(new Set(grounds).size).toBe(2);
  });

  it('says the verdict first, then the findings with their story', async () => {
    const opened = await open(violated);
    const text = await opened.page.locator('body').innerText();
    const order = [
      'VIOLATED',
      'oversell: 37 units sold that did not exist',
      'Findings',
      'u17-d0',
      'Invariants and thresholds',
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    await close(opened);
  });

  it('shows a section only when the result has something for it', async () => {
    const menuOf = async (result: RunResult): Promise<string[]> => {
      const opened = await open(result);
      const entries = await opened.page.locator('nav a').allInnerTexts();
      const broken = await opened.page.evaluate(
        `Array.from(document.querySelectorAll('nav a')).filter((link) => document.querySelector(link.hash) === null).length`,
      );
      expect(broken).toBe(0);
      await close(opened);
      return entries;
    };
    const full = await menuOf(fullResult);
    expect(full).toEqual(expect.arrayContaining(['Findings', 'Buyers', 'Faults']));
    const bare = await menuOf(passing);
    expect(bare).not.toContain('Findings');
    expect(bare).not.toContain('Buyers');
    expect(bare).not.toContain('Faults');
  });

  it('copes with a run in which nothing happened', async () => {
    const opened = await open({
      ...undecided,
      invariants: {},
      thresholds: [],
      codes: {},
      latencyUs: {},
      attempts: 0,
      firstAttempts: 0,
      sold: null,
      timeline: emptyTimeline,
    });
    const text = await opened.page.locator('body').innerText();
    expect(text).toContain('Nobody ordered.');
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(opened.complaints).toEqual([]);
    await close(opened);
  });
});

/** Characters that a reader does not see, or that turn what follows. */
const unseen = /\p{Cc}|\p{Cs}|[\u200f\u2028-\u202e\u2066-\u2069\ufffe]/u;

describe('the page of a real run', () => {
  it('tells how it was oversold, is small, and answers within two seconds', async () => {
    const naive = ['--set', 'target.reference.stock.strategy=naive'];
    const { folder: played, result } = await run('sale-opening', ...smallProfile, ...naive);
    expect(result.verdict).toBe('violated');
    const file = join(played, 'report.html');
    expect(statSync(file).size).toBeLessThan(1_000_000);
    const opened = await openFile(file);
    const { page, complaints } = opened;
    await page.locator('.plot').first().press('Home');
    expect(await page.locator('[aria-live]').first().textContent()).not.toBe('');
    expect(await page.evaluate('performance.now()')).toBeLessThan(2_000);
    expect(await page.locator('#findings .story li').count()).toBeGreaterThan(2);
    expect(await page.locator('figure.chart').count()).toBeGreaterThanOrEqual(4);
    expect(complaints).toEqual([]);
    await close(opened);
  });
});

describe('a hostile text in every field of a result', () => {
  it.each([...hostileTexts.slice(0, 4), '__proto__', hostileTexts.join(' ')])(
    'is shown as text, runs nothing and asks for nothing: %j',
    async (planted) => {
      const opened = await open(plantedWith(fullResult, planted));
      const { page, complaints } = opened;
      const counts = await page.evaluate(
        `['script:not([type])', 'img', 'iframe', '[onerror], [onmouseover], [onclick]', 'b', 'a:not([href^="#"])'].map((query) => document.querySelectorAll(query).length)`,
      );
      expect(counts).toEqual([2, 0, 0, 0, 0, 0]);
      const colours = await coloursOf(page);
      expect(colours).toHaveLength(chartsOfAll);
      for (const details of await page.locator('details > summary').all()) await details.click();
      const text = await page.locator('main').innerText();
      const seen = planted.replaceAll(/\s+/g, ' ').slice(0, 12).trim();
      // What would not be seen is written out instead.
      if (!unseen.test(planted)) expect(text.replaceAll(/\s+/g, ' ')).toContain(seen);
      expect(text.replaceAll(/[\n\t]/g, ' ')).not.toMatch(unseen);
      expect(complaints).toEqual([]);
      await close(opened);
    },
  );

  it('could not run even if it slipped through: the security policy names what may', async () => {
    const opened = await open(passing);
    const { page, complaints } = opened;
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'globalThis.owned = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
    }`);
    expect(await page.evaluate('globalThis.owned')).toBeUndefined();
    expect(
      complaints.filter((text) => text.includes('Content Security Policy')).length,
    ).toBeGreaterThanOrEqual(2);
    await close(opened);
  });
});

describe('the page by keyboard', () => {
  it('is walked through from top to bottom, every stop visible and named', async () => {
    const opened = await open(fullResult);
    const { page } = opened;
    const stops: { name: string; top: number; outlined: boolean }[] = [];
    for (let press = 0; press < 250; press += 1) {
      await page.keyboard.press('Tab');
      const stop: { name: string; top: number; outlined: boolean } | null =
        await page.evaluate(`(() => {
        const at = document.activeElement;
        if (at === null || at === document.body) return null;
        const style = getComputedStyle(at);
        return {
          name: (at.getAttribute('aria-label') ?? at.textContent ?? '').trim().slice(0, 150),
          top: at.getBoundingClientRect().top + scrollY,
          outlined: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2,
        };
      })()`);
      if (stop === null) break;
      stops.push(stop);
    }
    expect(stops[0]?.name).toBe('Skip to the content');
    expect(stops.filter(({ name }) => name.includes('Arrow keys move along it'))).toHaveLength(
      chartsOfAll,
    );
    expect(stops.filter(({ name, outlined }) => name === '' || !outlined)).toEqual([]);
    // The menu stays at the top of the screen while the page moves below it.
    const tops = stops.slice(1).map(({ top }) => top);
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    await close(opened);
  });

  it('reads a chart aloud, zooms, shows all again, and hides a series', async () => {
    const opened = await open(fullResult);
    const { page, complaints } = opened;
    const figure = page.locator('figure.chart').first();
    const spoken = figure.locator('[aria-live]');
    await figure.locator('.plot').focus();
    await page.keyboard.press('Home');
    const first = await spoken.textContent();
    await page.keyboard.press('ArrowRight');
    const second = await spoken.textContent();
    expect(first).toMatch(/^[+−]?[\d.]+ ?(?:ms|s)?: .*sent \d/);
    expect(second).not.toBe(first);
    const wide = await coloursOf(page);
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await page.keyboard.press('Escape');
    const toggle = figure.locator('.legend button').first();
    await toggle.press('Enter');
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    expect(wide.length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await close(opened);
  });

  it('has the numbers of a chart as a table', async () => {
    const opened = await open(fullResult);
    const figure = opened.page.locator('figure.chart').first();
    await figure.locator('details summary').press('Enter');
    await figure.locator('table').waitFor();
    expect(await figure.locator('tbody tr').count()).toBeGreaterThan(50);
    expect(await figure.locator('thead').innerText()).toContain('sold-out');
    await close(opened);
  });
});

describe('the page by mouse', () => {
  it('shows the values below the pointer, and zooms in where it is dragged', async () => {
    const opened = await open(fullResult, screens['desktop-light']);
    const { page } = opened;
    const figure = page.locator('figure.chart').first();
    const over = figure.locator('.u-over');
    await over.scrollIntoViewIfNeeded();
    const box = (await over.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const at = (share: number) => box.x + box.width * share;
    await page.mouse.move(at(0.4), box.y + 40);
    const when = await figure.locator('.legend .at').innerText();
    expect(when).toMatch(/^at [+−]/);
    const second = page.locator('figure.chart').nth(1).locator('.legend .at');
    expect(await second.innerText()).toBe(when);
    await page.mouse.down();
    await page.mouse.move(at(0.6), box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(at(0.05), box.y + 40);
    const zoomed = await figure.locator('.legend .at').innerText();
    const ms = (text: string) =>
      Number(/[\d.]+/.exec(text)?.[0]) * (text.endsWith(' s') ? 1_000 : 1);
    expect(ms(zoomed)).toBeGreaterThan(ms(when) * 0.8);
    await close(opened);
  });
});

describe('the page on paper', () => {
  it('is light, has its charts and no menu', async () => {
    const opened = await open(fullResult, screens['desktop-dark']);
    const { page, complaints } = opened;
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.length).toBeGreaterThan(30_000);
    if (shots !== undefined) writeFileSync(join(shots, 'paper.pdf'), pdf);
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await close(opened);
  });
});

/** Texts whose contrast with their ground is below 4.5 : 1, or 3 : 1 when they are large (WCAG 2.1). */
const contrastScript = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const found = channels(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || !element.checkVisibility()) continue;
    if (element.closest('script, style, .unseen, .skip, svg') !== null) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(channels(style.color)), light(groundOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(node.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return faint;
})()`;
