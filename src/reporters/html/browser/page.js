// Starts the page: its charts, and what they have to follow.

const redraw = () => {
  for (const chart of charts) chart.draw();
};

for (const figure of document.querySelectorAll('figure.chart')) {
  charts.push(new Chart(/** @type {HTMLElement} */ (figure)));
}

let width = document.documentElement.clientWidth;
addEventListener('resize', () => {
  if (document.documentElement.clientWidth === width) return;
  width = document.documentElement.clientWidth;
  redraw();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
// Paper is white, and of another width.
addEventListener('beforeprint', () => {
  document.documentElement.dataset['print'] = '';
  redraw();
});
addEventListener('afterprint', () => {
  delete document.documentElement.dataset['print'];
  redraw();
});

for (const button of document.querySelectorAll('button.copy')) {
  const text = button.parentElement?.querySelector('code')?.textContent ?? '';
  if (!(button instanceof HTMLButtonElement) || navigator.clipboard === undefined) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text).then(
      () => (button.textContent = 'Copied'),
      () => (button.textContent = 'Not copied'),
    );
  });
}
