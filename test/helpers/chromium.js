// A real browser, for tests and measurements of the page.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const install = 'apt-get update && apt-get install -y --no-install-recommends chromium';

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}

function installed() {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    execFileSync('sh', ['-c', install], { stdio: 'ignore' });
  }
  const found = onPath();
  if (found !== undefined) return found;
  throw new Error(
    `The page needs a real browser, and there is no Chromium on PATH. Run: sudo sh -c '${install}'`,
  );
}

/**
 * Starts the Chromium or Chrome on PATH. Where there is none, root gets it from the packages of the
 * system; anybody else is told how to. A test of the page never passes without one.
 *
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function startChromium() {
  const executablePath = onPath() ?? installed();
  // The sandbox of Chromium does not work for root, and the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}
