import { pageAssets } from './html/assets.ts';
import { html, Markup } from './html/markup.ts';
import { sections } from './html/sections/registry.ts';
import { summary } from './html/summary.ts';
import type { Reporter } from './reporter.ts';

/**
 * A page that needs nothing but itself: no network, no server, and no script but its own. Its security
 * policy names the digests of what may run, so that a text of a target could not, were one to slip
 * through.
 */
export const htmlReporter: Reporter = {
  name: 'html',
  describe: 'a page for the browser with charts, self-contained',
  fileName: 'report.html',
  render(result) {
    const { styles, scripts } = pageAssets();
    const policy = [
      "default-src 'none'",
      `script-src ${scripts.map(({ source }) => source).join(' ')}`,
      `style-src ${styles.map(({ source }) => source).join(' ')}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; ');
    const parts = sections.flatMap((section) => {
      const { id, title, menu = title } = section;
      const content = section.render(result);
      return content === undefined ? [] : [{ id, title, menu, content }];
    });
    const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${result.verdict}: ${result.name}, flashsim</title>
<link rel="icon" href="data:,">
${styles.map(({ text }) => new Markup(`<style>${text}</style>\n`))}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="page">
${summary(result)}
<nav aria-label="Sections"><ul>${parts.map(({ id, menu }) => html`<li><a href="#${id}">${menu}</a></li>`)}</ul></nav>
<main id="content" tabindex="-1">
<noscript><p class="note">The charts need JavaScript. Their numbers are in result.json.</p></noscript>
${parts.map(
  ({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`,
)}</main>
<footer><p>Made by flashsim ${result.flashsim}. Charts by uPlot (MIT, © Leon Sorokin).</p></footer>
</div>
${scripts.map(({ text }) => new Markup(`<script>${text}</script>\n`))}</body>
</html>`;
    return `${page.text}\n`;
  },
};
