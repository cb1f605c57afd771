import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { builtFile } from '../../core/package-files.ts';

/** A style or script that is written into the page. */
interface Asset {
  readonly text: string;
  /** Its digest as a content security policy names it: nothing else may run. */
  readonly source: string;
}

/** All that the page brings along. */
export interface Assets {
  readonly styles: readonly Asset[];
  readonly scripts: readonly Asset[];
}

const scriptParts = ['numbers.js', 'drawing.js', 'chart.js', 'page.js'];

let assets: Assets | undefined;

/** Styles and scripts of the page, read once. uPlot (MIT) draws the charts. */
export function pageAssets(): Assets {
  assets ??= {
    styles: [packaged('uplot/dist/uPlot.min.css'), assetOf(own('page.css'))],
    scripts: [packaged('uplot/dist/uPlot.iife.min.js'), joined(scriptParts)],
  };
  return assets;
}

/** Parts of one script, so that what stands in one is known in those behind it. */
function joined(names: readonly string[]): Asset {
  return assetOf(`(() => {\n'use strict';\n${names.map(own).join('')}})();`);
}

function own(name: string): string {
  return readFileSync(builtFile(`reporters/html/browser/${name}`), 'utf8');
}

function packaged(name: string): Asset {
  return assetOf(readFileSync(createRequire(import.meta.url).resolve(name), 'utf8'));
}

function assetOf(text: string): Asset {
  const digest = createHash('sha256').update(text).digest('base64');
  return { text, source: `'sha256-${digest}'` };
}
