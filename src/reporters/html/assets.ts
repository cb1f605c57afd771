import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A style or script that is written into the page. */
export interface Asset {
  readonly text: string;
  /** Its digest as a content security policy names it: nothing else may run. */
  readonly source: string;
}

/** All that the page brings along. */
export interface Assets {
  readonly styles: readonly Asset[];
  readonly scripts: readonly Asset[];
}

let assets: Assets | undefined;

/** Styles and scripts of the page, read once. uPlot (MIT) draws the charts. */
export function pageAssets(): Assets {
  assets ??= {
    styles: [packaged('uplot/dist/uPlot.min.css'), own('page.css')],
    scripts: [packaged('uplot/dist/uPlot.iife.min.js'), own('charts.js')],
  };
  return assets;
}

function own(name: string): Asset {
  return assetOf(readFileSync(new URL(`./browser/${name}`, import.meta.url), 'utf8'));
}

function packaged(name: string): Asset {
  return assetOf(readFileSync(createRequire(import.meta.url).resolve(name), 'utf8'));
}

function assetOf(text: string): Asset {
  const digest = createHash('sha256').update(text).digest('base64');
  return { text, source: `'sha256-${digest}'` };
}
