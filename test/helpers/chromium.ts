import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const install = 'apt-get update && apt-get install -y --no-install-recommends chromium';

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}

/**
 * A real browser: the Chromium or Chrome on PATH. Where there is none, root gets it from the packages
 * of the system; anybody else is told how to. A test of the page never passes without one.
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = onPath() ?? installed();
  // The sandbox of Chromium does not work for root, and the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

function installed(): string {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/usr/bin/apt-get'))
    execFileSync('sh', ['-c', install], { stdio: 'ignore' });
  const found = onPath();
  if (found !== undefined) return found;
  throw new Error(
    `The page is tested in a real browser, and there is no Chromium on PATH. Run: sudo sh -c '${install}'`,
  );
}
