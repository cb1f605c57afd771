// What a chart looks like: options for uPlot, and what is drawn over it.

const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** @param {string} name */
const colour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

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

/** @param {ChartSpec} spec @param {readonly boolean[]} shown @returns {uPlot.Series[]} */
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

/** 1 to 9 of every decade within bounds. @param {number} min @param {number} max */
function logTicks(min, max) {
  const ticks = [];
  for (let decade = Math.floor(Math.log10(min)); 10 ** decade <= max; decade += 1) {
    for (let digit = 1; digit <= 9; digit += 1) ticks.push(digit * 10 ** decade);
  }
  return ticks.filter((value) => value >= min * 0.999 && value <= max * 1.001);
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

/** Points that no line would show: both neighbours are missing. @type {uPlot.Series.Points.Filter} */
const alone = (plot, seriesIndex) => {
  const ys = plot.data[seriesIndex] ?? [];
  return Array.from(ys, (y, at) => [y, at])
    .filter(([y, at]) => y != null && ys[Number(at) - 1] == null && ys[Number(at) + 1] == null)
    .map(([, at]) => Number(at));
};

/** @param {AxisSpec} axis @param {boolean} isX @returns {uPlot.Axis} */
function axisOptions({ unit, log }, isX) {
  return {
    stroke: colour('soft'),
    font: `12px ${fontFamily}`,
    grid: { stroke: colour('grid'), width: 1, show: !isX },
    ticks: { stroke: colour('line'), width: 1, size: 5, show: isX },
    size: isX ? 34 : 62,
    space: isX ? 70 : 34,
    ...(log === true
      ? {
          splits: (_plot, _axis, min, max) => logTicks(min, max),
          filter: (_plot, ticks) => ticks,
        }
      : {}),
    values: (_plot, ticks) => {
      const told = log === true ? toldOnLog(ticks) : ticks;
      return ticks.map((value) => (told.includes(value) ? tick(value, unit) : ''));
    },
  };
}

/** @param {ChartSpec} spec @returns {uPlot.Scales} */
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

/** Vertical lines with their signs above, which give way to one another. @param {uPlot} plot @param {readonly MarkSpec[]} marks */
function drawMarks({ ctx, bbox, valToPos, scales }, marks) {
  const pxRatio = devicePixelRatio;
  const { min = 0, max = 0 } = scales['x'] ?? {};
  const [low, high] = [/** @type {number} */ (min), /** @type {number} */ (max)];
  ctx.save();
  ctx.font = `600 ${11 * pxRatio}px ${fontFamily}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const placed = marks
    .filter(({ at }) => at >= low && at <= high)
    .map(({ at, sign, kind }) => {
      const [x, width] = [
        Math.round(valToPos(at, 'x', true)),
        ctx.measureText(sign).width + 9 * pxRatio,
      ];
      return { sign, kind, x, width, left: x - width / 2 };
    });
  const gap = 2 * pxRatio;
  let edge = 0;
  for (const mark of placed) {
    mark.left = Math.max(mark.left, edge);
    edge = mark.left + mark.width + gap;
  }
  edge = ctx.canvas.width;
  for (const mark of placed.toReversed()) {
    mark.left = Math.min(mark.left, edge - mark.width);
    edge = mark.left - gap;
  }
  const height = 15 * pxRatio;
  const top = bbox.top - 4 * pxRatio - height;
  for (const { sign, kind, x, width, left } of placed) {
    ctx.strokeStyle = colour(markColours[kind]);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = pxRatio;
    ctx.setLineDash(kind === 'opening' ? [] : [4 * pxRatio, 3 * pxRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top - 4 * pxRatio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.roundRect(left, top, width, height, 7 * pxRatio);
    ctx.fill();
    ctx.fillStyle = colour('ground');
    ctx.fillText(sign, left + 4.5 * pxRatio, top + height / 2);
  }
  ctx.restore();
}

/** A line across the plot where nothing is left. @param {uPlot} plot */
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
