// Draws the charts of a report and makes them readable by mouse, touch and keyboard. The page holds
// each as data (../chart-spec.ts). Texts are set as text and never as HTML. Checked by the compiler
// through the types in these comments: tsconfig.browser.json.

/** @import { AxisSpec, ChartSpec, ChartUnit, MarkSpec, RangeSpec, SeriesSpec } from '../chart-spec.ts' */
/** @import uPlotType from 'uplot' */

(() => {
  const globals = /** @type {{ uPlot: typeof uPlotType }} */ (/** @type {unknown} */ (globalThis));
  const { uPlot } = globals;
  const plotHeight = 250;
  const zoomStep = 0.6;
  const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

  /** @param {string} name */
  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

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

  // Numbers

  /** @param {number} ms */
  function duration(ms) {
    const size = Math.abs(ms);
    if (size < 1) return `${Math.round(size * 1000)} µs`;
    if (size < 10) return `${trimmed(size, 2)} ms`;
    if (size < 1000) return `${trimmed(size, size < 100 ? 1 : 0)} ms`;
    return `${trimmed(size / 1000, size < 10_000 ? 2 : 1)} s`;
  }

  /** @param {number} value @param {number} digits */
  const trimmed = (value, digits) => String(Number(value.toFixed(digits)));

  /** @param {number} value */
  const whole = (value) => Math.round(value).toLocaleString('en-US').replace('-', '−');

  /**
   * @param {number | null | undefined} value
   * @param {ChartUnit} unit
   */
  function written(value, unit) {
    if (value === null || value === undefined) return '–';
    switch (unit) {
      case 'instant':
        if (value === 0) return '0';
        return `${value < 0 ? '−' : '+'}${duration(value)}`;
      case 'latency':
        return duration(value / 1000);
      case 'percent':
        return `${trimmed(value, value < 1 ? 2 : 1)} %`;
      case 'perS':
        return `${whole(value)}/s`;
      case 'count':
        return whole(value);
    }
  }

  /** Ticks are short: `1k` instead of `1,000/s`. @param {number} value @param {ChartUnit} unit */
  function tick(value, unit) {
    if (unit !== 'perS' && unit !== 'count') return written(value, unit);
    return Math.abs(value) >= 10_000 ? `${trimmed(value / 1000, 1)}k` : whole(value);
  }

  // One chart

  /**
   * What uPlot draws: layers summed up from the bottom, the tallest first so that none hides another.
   *
   * @param {ChartSpec} spec
   * @param {readonly boolean[]} shown
   */
  function columnsOf(spec, shown) {
    const { values, end } = spec.x;
    const hasLines = spec.series.every(({ draw }) => draw === 'line');
    const isStepped = end !== undefined && !hasLines;
    // A step reaches to the end of its bucket; a line goes through the middles.
    const xs = isStepped ? [...values, end] : values.map((x, at) => middleOf(spec, x, at));
    /** @param {readonly (number | null)[]} ys */
    const toEnd = (ys) => (isStepped ? [...ys, ys.at(-1) ?? null] : [...ys]);
    /** @type {number[]} */
    let below = xs.map(() => 0);
    const drawn = spec.series.map(({ draw, values: ys }, at) => {
      const column = toEnd(ys);
      if (draw !== 'stack') return column;
      if (shown[at] !== false) below = below.map((sum, x) => sum + (column[x] ?? 0));
      return below;
    });
    return { xs, drawn };
  }

  /** @param {ChartSpec} spec @param {number} x @param {number} at */
  const middleOf = ({ x: { values, end } }, x, at) =>
    end === undefined ? x : (x + (values[at + 1] ?? end)) / 2;

  /** Series in the order of drawing: the highest layer first, lines on top. @param {ChartSpec} spec */
  function drawingOrder({ series }) {
    const numbers = series.map((_, at) => at);
    const layers = numbers.filter((at) => series[at]?.draw === 'stack').reverse();
    return [...layers, ...numbers.filter((at) => series[at]?.draw !== 'stack')];
  }

  /** @param {ChartSpec} spec @param {readonly boolean[]} shown @returns {uPlotType.Series[]} */
  function seriesOptions(spec, shown) {
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    return drawingOrder(spec).map((at) => {
      const { draw, colour: name, dash } = /** @type {SeriesSpec} */ (spec.series[at]);
      const stroke = colour(name);
      const isLayer = draw === 'stack';
      const below = draw === 'area' ? `${stroke}33` : undefined;
      return {
        show: shown[at] !== false,
        stroke,
        width: isLayer ? 0 : 2,
        ...(dash === undefined ? {} : { dash: [...dash] }),
        ...(isLayer ? { fill: stroke } : below === undefined ? {} : { fill: below }),
        ...(draw === 'line' || stepped === undefined ? {} : { paths: stepped }),
        points: draw === 'line' ? { size: 4, fill: stroke, filter: alone } : { show: false },
        spanGaps: false,
      };
    });
  }

  /** Decades, and 2 and 5 between them while there are few. @param {readonly number[]} ticks */
  function toldOnLog(ticks) {
    const decades = Math.log10((ticks.at(-1) ?? 1) / (ticks[0] ?? 1));
    const told = decades > 2 ? [1] : decades > 0.7 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
    return ticks.filter((value) => {
      const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
      return told.some((one) => Math.abs(mantissa - one) < 1e-6);
    });
  }

  /** Points that no line would show: both neighbours are missing. @type {uPlotType.Series.Points.Filter} */
  const alone = (plot, seriesIndex) => {
    const ys = plot.data[seriesIndex] ?? [];
    return Array.from(ys, (y, at) => [y, at])
      .filter(([y, at]) => y != null && ys[Number(at) - 1] == null && ys[Number(at) + 1] == null)
      .map(([, at]) => Number(at));
  };

  /** @param {AxisSpec} axis @param {boolean} isX @returns {uPlotType.Axis} */
  function axisOptions({ unit, log }, isX) {
    return {
      stroke: colour('soft'),
      font: `12px ${fontFamily}`,
      grid: { stroke: colour('grid'), width: 1, show: !isX },
      ticks: { stroke: colour('line'), width: 1, size: 5, show: isX },
      size: isX ? 34 : 62,
      space: isX ? 70 : 34,
      filter: (_plot, ticks) => ticks,
      values: (_plot, ticks) => {
        const told = log === true ? toldOnLog(ticks) : ticks;
        return ticks.map((value) => (told.includes(value) ? tick(value, unit) : ''));
      },
    };
  }

  /** @param {ChartSpec} spec @returns {uPlotType.Scales} */
  function scaleOptions({ x, y }) {
    return {
      x: { time: false, distr: x.log === true ? 3 : 1, range: (_plot, min, max) => [min, max] },
      y:
        y.log === true
          ? { distr: 3, range: (_plot, min, max) => decades(min, max) }
          : { range: (_plot, min, max) => fromZero(min, max) },
    };
  }

  /** @param {number} min @param {number} max @returns {[number, number]} */
  function decades(min, max) {
    if (!(min > 0) || !(max > 0)) return [1, 10];
    return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.05))];
  }

  /** @param {number} min @param {number} max @returns {[number, number]} */
  function fromZero(min, max) {
    const [low, high] = [Math.min(0, min ?? 0), Math.max(0, max ?? 0)];
    const room = (high - low) * 0.08 || 1;
    return [low < 0 ? low - room : 0, high > 0 ? high + room : 1];
  }

  /** @type {Readonly<Record<MarkSpec['kind'], string>>} */
  const markColours = {
    opening: 'soft',
    figure: 'soft',
    event: 'link',
    fault: 'violated',
    witness: 'violated',
  };

  /** @param {uPlotType} plot @param {readonly MarkSpec[]} marks */
  function drawMarks({ ctx, bbox, valToPos, scales }, marks) {
    const pxRatio = devicePixelRatio;
    const { min = 0, max = 0 } = scales['x'] ?? {};
    ctx.save();
    ctx.font = `600 ${11 * pxRatio}px ${fontFamily}`;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    let free = 0;
    for (const { at, sign, kind } of marks) {
      if (at < /** @type {number} */ (min) || at > /** @type {number} */ (max)) continue;
      const x = Math.round(valToPos(at, 'x', true));
      const ink = colour(markColours[kind]);
      ctx.strokeStyle = ink;
      ctx.lineWidth = pxRatio;
      ctx.setLineDash(kind === 'opening' ? [] : [4 * pxRatio, 3 * pxRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top - 4 * pxRatio);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const width = ctx.measureText(sign).width + 9 * pxRatio;
      const left = Math.min(Math.max(x - width / 2, free), ctx.canvas.width - width);
      free = left + width + 2 * pxRatio;
      const height = 15 * pxRatio;
      const top = bbox.top - 4 * pxRatio - height;
      ctx.setLineDash([]);
      ctx.fillStyle = ink;
      ctx.beginPath();
      ctx.roundRect(left, top, width, height, 7 * pxRatio);
      ctx.fill();
      ctx.fillStyle = colour('ground');
      ctx.fillText(sign, left + (width - ctx.measureText(sign).width) / 2, top + height / 2);
    }
    ctx.restore();
  }

  /** A line across the plot where nothing is left. @param {uPlotType} plot */
  function drawZero({ ctx, bbox, valToPos, scales }) {
    const pxRatio = devicePixelRatio;
    const { min = 0 } = scales['y'] ?? {};
    if (/** @type {number} */ (min) >= 0) return;
    const y = Math.round(valToPos(0, 'y', true));
    ctx.save();
    ctx.fillStyle = `${colour('violated')}1f`;
    ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
    ctx.strokeStyle = colour('violated');
    ctx.lineWidth = 1.5 * pxRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  /** A swatch that shows colour and dash. @param {SeriesSpec} series */
  function swatch({ colour: name, draw, dash }) {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    svg.setAttribute('viewBox', '0 0 22 12');
    svg.setAttribute('aria-hidden', 'true');
    const shape = document.createElementNS(space, draw === 'stack' ? 'rect' : 'line');
    const isLine = draw !== 'stack';
    const place = isLine
      ? { x1: 0, y1: 6, x2: 22, y2: 6, 'stroke-width': 3 }
      : { x: 3, y: 0, width: 16, height: 12, rx: 2 };
    for (const [key, value] of Object.entries(place)) shape.setAttribute(key, String(value));
    if (dash !== undefined) shape.setAttribute('stroke-dasharray', dash.join(' '));
    shape.setAttribute(isLine ? 'stroke' : 'fill', `var(--${name})`);
    svg.append(shape);
    return svg;
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
      /** @type {uPlotType.AlignedData} */
      const data = [xs, ...order.map((at) => drawn[at] ?? [])];
      const { marks } = this.spec;
      this.plot = new uPlot(
        {
          width: Math.max(200, this.place.clientWidth),
          height: plotHeight,
          padding: [24, 14, 0, 0],
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

    /** @param {uPlotType} plot */
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

    /** @param {uPlotType} plot */
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
})();
