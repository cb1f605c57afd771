// A chart: what can be done with it by mouse, touch and keyboard. Texts are set as text, never as HTML.

const plotHeight = 250;
const zoomStep = 0.6;

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {{ className?: string, text?: string }} [given]
 */
function element(tag, { className = '', text = '' } = {}) {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

/** Charts by their group: they show the same instant and the same range. @type {Chart[]} */
const charts = [];

class Chart {
  /** @type {HTMLButtonElement[]} */
  rangeButtons = [];
  /** @type {HTMLElement[]} */
  valueCells = [];
  when = element('span', { className: 'at' });
  /** True while the cursor is moved by us: what uPlot tells of it then is no news. */
  moving = false;

  /** @param {HTMLElement} figure */
  constructor(figure) {
    this.figure = figure;
    /** @type {ChartSpec} */
    this.spec = JSON.parse(figure.querySelector('script')?.textContent ?? '{}');
    this.shown = this.spec.series.map(() => true);
    /** @type {RangeSpec | undefined} */
    this.range = this.spec.ranges[0];
    /** @type {number | null} */
    this.at = null;
    this.place = /** @type {HTMLElement} */ (figure.querySelector('.plot'));
    this.spoken = /** @type {HTMLElement} */ (figure.querySelector('[aria-live]'));
    this.makeControls();
    this.makeLegend();
    this.listen();
    this.makeNumbers();
    this.draw();
  }

  get peers() {
    const { group } = this.spec;
    if (group === undefined) return [this];
    return charts.filter((chart) => chart.spec.group === group);
  }

  /** Starts over: colours, size or what is shown have changed. */
  draw() {
    this.plot?.destroy();
    const { xs, drawn } = columnsOf(this.spec, this.shown);
    const order = drawingOrder(this.spec);
    /** @type {uPlot.AlignedData} */
    const data = [xs, ...order.map((at) => drawn[at] ?? [])];
    const { marks } = this.spec;
    this.plot = new uPlot(
      {
        width: Math.max(200, this.place.clientWidth),
        height: plotHeight,
        padding: [24, 24, 0, 0],
        legend: { show: false },
        scales: scaleOptions(this.spec),
        axes: [axisOptions(this.spec.x, true), axisOptions(this.spec.y, false)],
        series: [{}, ...seriesOptions(this.spec, this.shown)],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
        },
        hooks: {
          draw: [(plot) => drawZero(plot), (plot) => drawMarks(plot, marks)],
          setCursor: [(plot) => this.pointed(plot)],
          setSelect: [(plot) => this.selected(plot)],
        },
      },
      data,
      this.place,
    );
    this.look();
  }

  /** Shows the range that was chosen, or all of it. */
  look() {
    const { values, end } = this.spec.x;
    const all = { from: values[0] ?? 0, to: end ?? values.at(-1) ?? 1 };
    const { from, to } = this.range ?? all;
    this.plot?.setScale('x', { min: from, max: to });
    for (const [at, button] of this.rangeButtons.entries()) {
      button.setAttribute(
        'aria-pressed',
        String(this.spec.ranges[at]?.label === this.range?.label),
      );
    }
  }

  /** @param {RangeSpec | undefined} range */
  zoomTo(range) {
    for (const chart of this.peers) {
      chart.range = range;
      chart.look();
    }
  }

  /** @param {uPlot} plot */
  pointed(plot) {
    const { left = -1 } = plot.cursor;
    if (this.moving || left < 0) return;
    const value = plot.posToVal(left, 'x');
    this.pointAll(this.indexAt(value));
  }

  /** The bucket that an x lies in, or the nearest point. @param {number} value */
  indexAt(value) {
    const { values, end } = this.spec.x;
    const after = values.findIndex((x) => x > value);
    const before = after < 0 ? values.length - 1 : Math.max(0, after - 1);
    if (end !== undefined || after <= 0) return before;
    const [low = 0, high = 0] = [values[before], values[after]];
    return value - low < high - value ? before : after;
  }

  /** Moves the cursor of this chart and its peers. @param {number} index */
  pointAll(index) {
    const x = this.spec.x.values[index];
    if (x === undefined) return;
    for (const chart of this.peers) chart.point(chart === this ? index : chart.indexAt(x));
  }

  /** @param {number} index */
  point(index) {
    const { values } = this.spec.x;
    this.at = index;
    const plot = this.plot;
    if (plot === undefined) return;
    this.moving = true;
    const left = plot.valToPos(middleOf(this.spec, values[index] ?? 0, index), 'x');
    plot.setCursor({ left, top: plotHeight / 3 }, false);
    this.moving = false;
    this.tell();
  }

  /** @param {uPlot} plot */
  selected(plot) {
    const { left, width } = plot.select;
    if (width < 6) return;
    const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.zoomTo({ label: '', from, to });
  }

  /** Writes the values at the cursor; while there is none, the highest ones. */
  tell() {
    const { x, y, series } = this.spec;
    const at = this.at;
    this.when.textContent = at === null ? 'highest' : `at ${written(x.values[at], x.unit)}`;
    for (const [number, { values }] of series.entries()) {
      const cell = this.valueCells[number];
      const highest = values.reduce((most, value) => Math.max(most ?? 0, value ?? 0), null);
      if (cell !== undefined)
        cell.textContent = written(at === null ? highest : values[at], y.unit);
    }
  }

  /** Says aloud what the cursor stands on. */
  speak() {
    const { x, y, series } = this.spec;
    const at = this.at;
    if (at === null) return;
    const values = series
      .filter((_, number) => this.shown[number] !== false)
      .map(({ label, values: ys }) => `${label} ${written(ys[at], y.unit)}`);
    this.spoken.textContent = `${written(x.values[at], x.unit)}: ${values.join(', ')}`;
  }

  makeControls() {
    const { ranges } = this.spec;
    this.rangeButtons = (ranges.length < 2 ? [] : ranges).map((range) => {
      const button = element('button', { text: range.label });
      button.type = 'button';
      button.addEventListener('click', () => this.zoomTo(range));
      return button;
    });
    this.figure.querySelector('.controls')?.append(...this.rangeButtons);
  }

  makeLegend() {
    const entries = this.spec.series.map((series, at) => {
      const button = element('button');
      const value = element('span', { className: 'value' });
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      button.title = 'show or hide';
      button.append(swatch(series), element('span', { text: series.label }), value);
      button.addEventListener('click', () => this.toggle(at, button));
      this.valueCells.push(value);
      return button;
    });
    // The topmost layer first, as the eye meets them.
    const isStack = this.spec.series.some(({ draw }) => draw === 'stack');
    const legend = this.figure.querySelector('.legend');
    legend?.append(this.when, ...(isStack ? entries.toReversed() : entries));
    this.tell();
  }

  /** @param {number} at @param {HTMLElement} button */
  toggle(at, button) {
    this.shown[at] = this.shown[at] === false;
    button.setAttribute('aria-pressed', String(this.shown[at]));
    this.draw();
  }

  listen() {
    this.place.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.press(event.key)) return;
      event.preventDefault();
      this.speak();
    });
  }

  /** Obeys a key; false when it means nothing here. @param {string} key */
  press(key) {
    const last = this.spec.x.values.length - 1;
    const { min = 0, max = 0 } = this.plot?.scales['x'] ?? {};
    const [from, to] = [/** @type {number} */ (min), /** @type {number} */ (max)];
    const first = this.indexAt(from);
    const at = this.at ?? first - 1;
    switch (key) {
      case 'ArrowRight':
        this.pointAll(Math.min(last, at + 1));
        return true;
      case 'ArrowLeft':
        this.pointAll(Math.max(0, at - 1));
        return true;
      case 'Home':
        this.pointAll(first);
        return true;
      case 'End':
        this.pointAll(Math.max(first, this.indexAt(to - (to - from) * 1e-6)));
        return true;
      case '+':
      case '=':
        this.zoomBy(zoomStep, from, to);
        return true;
      case '-':
        this.zoomBy(1 / zoomStep, from, to);
        return true;
      case 'Escape':
        this.zoomTo(this.spec.ranges.at(-1));
        return true;
      default:
        return false;
    }
  }

  /** @param {number} factor @param {number} from @param {number} to */
  zoomBy(factor, from, to) {
    const middle = this.at === null ? (from + to) / 2 : (this.spec.x.values[this.at] ?? from);
    const whole = this.spec.ranges.at(-1);
    const low = Math.max(whole?.from ?? from, middle - (middle - from) * factor);
    const high = Math.min(whole?.to ?? to, middle + (to - middle) * factor);
    this.zoomTo({ label: '', from: low, to: high });
  }

  /** The numbers as a table, made when somebody asks for them. */
  makeNumbers() {
    const details = this.figure.querySelector('details');
    details?.addEventListener('toggle', () => {
      if (details.open && details.querySelector('table') === null) details.append(this.table());
    });
  }

  table() {
    const { x, y, series } = this.spec;
    const scroller = element('div', { className: 'scroller' });
    scroller.tabIndex = 0;
    scroller.setAttribute('role', 'region');
    scroller.setAttribute('aria-label', 'Numbers of the chart');
    const table = element('table');
    const head = table.createTHead().insertRow();
    for (const text of [x.label, ...series.map(({ label }) => label)]) {
      const cell = element('th', { text, className: 'number' });
      cell.scope = 'col';
      head.append(cell);
    }
    const body = table.createTBody();
    for (const [at, value] of x.values.entries()) {
      const row = body.insertRow();
      const cells = [
        written(value, x.unit),
        ...series.map(({ values }) => written(values[at], y.unit)),
      ];
      for (const text of cells) row.append(element('td', { text, className: 'number' }));
    }
    scroller.append(table);
    return scroller;
  }
}
