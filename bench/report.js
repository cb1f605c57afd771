/**
 * How large the page of a run is, how long it takes to render, and how long a browser takes until it
 * answers: from the start of loading until a chart, asked by keyboard, reads its value aloud. Of a run
 * of a million attempts. Goals: under 3 MB, and interactive within 2 s in Chromium.
 *
 * Usage: npm run bench:report -- [attempts]
 * Needs Chromium, and some 70 MB of disk in the folder for temporary files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeRunFolder } from '../dist/history/run-folder.js';
import { startChromium } from '../test/helpers/chromium.js';
import { saleHistory } from './sale-history.js';

const attempts = Number(process.argv[2] ?? 1_000_000);
const rounds = 5;
const bytesMax = 3 * 2 ** 20;
const interactiveMsMax = 2_000;
const command = fileURLToPath(new URL('../bin/flashsim.js', import.meta.url));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function flashsim(...args) {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`flashsim ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - startMs;
}

/** Milliseconds of one visit, by a browser that has not seen the page before. */
async function visit(browser, file) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  const startMs = performance.now();
  await page.goto(pathToFileURL(file).href);
  await page.locator('.plot').first().focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(`document.querySelector('[aria-live]').textContent !== ''`);
  const ms = performance.now() - startMs;
  await context.close();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  return ms;
}

const folder = await mkdtemp(join(tmpdir(), 'flashsim-bench-report-'));
const browser = await startChromium();
try {
  await writeRunFolder(folder, saleHistory(attempts));
  flashsim('audit', '--write', '--quiet', folder);
  const renderMs = median(
    Array.from({ length: rounds }, () => flashsim('report', '--quiet', folder)),
  );
  const file = join(folder, 'report.html');
  const { size } = await stat(file);
  const visits = [];
  for (let round = 0; round < rounds; round += 1) visits.push(await visit(browser, file));
  const interactiveMs = median(visits);
  console.log(
    `${attempts} attempts: ${(size / 1e6).toFixed(2)} MB, rendered by the command in ` +
      `${renderMs.toFixed(0)} ms, interactive after ${interactiveMs.toFixed(0)} ms ` +
      `(medians of ${rounds}; slowest visit ${Math.max(...visits).toFixed(0)} ms)`,
  );
  if (size > bytesMax || interactiveMs > interactiveMsMax) process.exitCode = 1;
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
