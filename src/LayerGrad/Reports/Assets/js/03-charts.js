// Charts: colours that all readers can tell apart, panels of lines with bands, and what ECharts needs around them.

// Okabe and Ito (2008), without black, in an order whose lightness alternates.
const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8c7a00", "#7f7f7f"];
// On dark paper their dark blue and green are too dark.
const paletteOnDark = ["#4ba3d9", "#f0813a", "#2fbf97", "#dd94bf", "#8fd0f5", "#f2b84b", "#c9b73a", "#a8a8a8"];
const viridis = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

const charts = new Map();
const redraws = [];

/** Whether charts are drawn for paper: in light colours, whatever the screen has. */
let onPaper = false;

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => !onPaper && (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const colourOf = index => (isDark() ? paletteOnDark : palette)[index % palette.length];

/** Draws now, and again whenever colours or the room change. */
function onRedraw(draw) {
  redraws.push(draw);
  draw();
}

const redrawAll = () => Promise.all(redraws.map(draw => draw()));

/** Draws everything in light colours, or again in those of the screen. */
function drawOnPaper(paper) {
  onPaper = paper;
  document.documentElement.classList.toggle("paper", paper);
  return redrawAll();
}

/** Whether the page has the width of a sheet, for the printer. */
const isPrinting = () => document.documentElement.classList.contains("printing");

/** Gives the page the width of a sheet of A4 between its margins, or that of the window again. */
function layOutForPrint(printing) {
  document.documentElement.classList.toggle("printing", printing);
  drawOnPaper(printing);
}

/** Shows an option in a place, at a height in pixels. */
function show(place, option, height) {
  place.style.height = `${height}px`;
  let chart = charts.get(place);
  if (!chart) {
    chart = echarts.init(place, null, { renderer: "svg" });
    charts.set(place, chart);
    place.after(savers(place, place.dataset.title, () => `${place.dataset.title} ${place.dataset.shows ?? ""}`));
  }
  chart.resize();
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: style("--ink") },
    aria: { enabled: true },
    ...option,
  }, { notMerge: true });
  fitSheet(place, height);
  return chart;
}

/** Drops the chart of a place that goes away. */
function forget(id) {
  const place = byId(id);
  charts.get(place)?.dispose();
  charts.delete(place);
}

/** In print, makes a chart that is higher than a sheet so small that it is whole; on the screen, undoes that. */
function fitSheet(place, height) {
  const sheet = 900;
  const drawing = place.querySelector("svg"), width = place.clientWidth;
  const share = isPrinting() ? Math.min(1, sheet / height) : 1;
  if (share === 1 && !drawing.hasAttribute("viewBox")) return;
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.setAttribute("width", share * width);
  drawing.setAttribute("height", share * height);
  place.style.height = `${share * height}px`;
  if (share === 1) drawing.removeAttribute("viewBox");
}

const measuring = document.createElement("canvas").getContext("2d");

/** How many pixels a text takes. */
function textWidth(text, size, weight = 400) {
  measuring.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return measuring.measureText(text).width;
}

/** A line's colour, so far towards the ink that a text in it can be read. */
function textColour(colour) {
  const ink = rgbOf(style("--ink"));
  return css(rgbOf(colour).map((channel, i) => Math.round(0.6 * channel + 0.4 * ink[i])));
}

/** What lines are, in rows from the left: the titles of a chart that say so, and their height. */
function chartKey(entries, left, width) {
  const titles = [], rowHeight = 20;
  let x = left, y = 3;
  for (const { name, colour, dashed, dot } of entries) {
    const room = 34 + textWidth(name, 12);
    if (x > left && x + room > width) [x, y] = [left, y + rowHeight];
    const mark = dot ? "{dot|}" : dashed ? "{dash|}{gap|}{dash|}{gap|}{dash|}" : "{line|}";
    const piece = (length, thick, radius = 0) => ({ backgroundColor: colour, width: length, height: thick, borderRadius: radius });
    titles.push({
      text: `${mark}  {name|${name.replace(/[{}|]/g, " ")}}`, left: x, top: y, padding: 0,
      textStyle: { fontSize: 12, fontWeight: 400, color: style("--ink"), rich: { line: piece(18, 3), dash: piece(5, 3), gap: { width: 2, height: 3 }, dot: piece(9, 9, 4.5), name: { color: style("--ink"), fontSize: 12, verticalAlign: "middle" } } },
    });
    x += room + 8;
  }
  return { titles, height: entries.length ? y + rowHeight + 6 : 0 };
}

/** What a tooltip shows: a heading and lines of text, never markup. */
function tip(heading, lines) {
  return element("div", { class: "tip" }, element("strong", {}, heading), ...lines.map(line => element("div", {}, line)));
}

const tooltip = () => ({
  confine: true, backgroundColor: style("--paper"), borderColor: style("--line"), textStyle: { color: style("--ink"), fontSize: 13 }, transitionDuration: 0,
});

const axisLook = () => ({
  axisLine: { lineStyle: { color: style("--faint") } }, axisTick: { lineStyle: { color: style("--faint") } },
  axisLabel: { color: style("--faint"), fontSize: 11 }, nameTextStyle: { color: style("--ink"), fontSize: 12 },
  splitLine: { lineStyle: { color: style("--grid") } },
});

/** In how many columns panels stand, in rows of nearly equal length. */
function columnsOf(panels, width, narrowest) {
  const most = Math.max(1, Math.floor(width / narrowest));
  return Math.ceil(panels / Math.ceil(panels / most));
}

/**
 * Panels of lines side by side. panels: [{title, note, lines: [{name, x, mean, low, high, colour, dashed}]}];
 * xName, yName: what the axes show; log, shared: the vertical scale.
 */
function linePanels(place, panels, { xName, yName, log = false, shared = true, bands = true }) {
  const width = place.clientWidth || 900;
  const columns = columnsOf(panels.length, width, isPrinting() ? 210 : 270);
  const rows = Math.ceil(panels.length / columns);
  const head = panels.some(panel => panel.note) ? 42 : 26;
  const rowHeight = (columns === 1 ? 234 : Math.max(isPrinting() ? 190 : 214, Math.min(304, 0.75 * width / columns))) + head;
  const left = 58, gap = 50;
  const each = (width - left - 24 - gap * (columns - 1)) / columns;
  const option = { title: [], grid: [], xAxis: [], yAxis: [], series: [], tooltip: { ...tooltip(), trigger: "axis", formatter: items => lineTip(items, panels, xName) } };
  const [low, high] = shared ? extent(panels.flatMap(panel => panel.lines), log, bands) : [undefined, undefined];
  const scales = panels.map(panel => shared ? [low, high] : extent(panel.lines, log, bands));
  const shareOf = ([from, to]) => value => log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  const ends = panels.map((panel, i) => endLabels(panel.lines, rowHeight - head - 54, shareOf(scales[i])));
  const key = chartKey(ends.every(Boolean) ? [] : keyOf(panels), left, width);
  option.title.push(...key.titles);
  panels.forEach((panel, i) => {
    const x = left + (i % columns) * (each + gap), y = key.height + Math.floor(i / columns) * rowHeight;
    const [from, to] = scales[i];
    const heading = (text, top, look) => ({ text, left: x - 4, top, textStyle: { ...look, width: each + 20, overflow: "truncate" } });
    option.title.push(heading(panel.title, y, { fontSize: 13.5, fontWeight: 650, color: style("--ink") }));
    if (panel.note) option.title.push(heading(panel.note, y + 17, { fontSize: 11.5, fontWeight: 400, color: style("--faint") }));
    option.grid.push({ left: x, top: y + head + 4, width: each, height: rowHeight - head - 54 });
    option.xAxis.push({ ...axisLook(), type: "value", gridIndex: i, name: xName, nameLocation: "middle", nameGap: 24, min: "dataMin", max: "dataMax", minInterval: 1, splitLine: { show: false } });
    option.yAxis.push({ ...axisLook(), type: log ? "log" : "value", gridIndex: i, min: from, max: to, name: i % columns === 0 ? yName : "", nameLocation: "middle", nameGap: 44,
      axisLabel: { ...axisLook().axisLabel, formatter: value => short(value), showMinLabel: log ? undefined : from === 0, showMaxLabel: false } });
    for (const line of panel.lines) addLine(option.series, line, i, bands, log ? from : undefined);
    if (key.height === 0)
      option.title.push(...(ends[i] ?? []).map(({ line, at }) => ({ text: line.name, left: x + each + 1, top: y + head + 4 + at - 12, padding: 5, textStyle: { color: textColour(line.colour), fontSize: 11.5, fontWeight: 650 } })));
  });
  place.dataset.shows = yName;
  const chart = show(place, option, key.height + rows * rowHeight);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${yName} over ${xName}: ${panels.map(panel => panel.title).join(", ")}`);
  return chart;
}

/** What the lines of panels are, each once, but for those that the panels' notes tell of; in ink where panels give it different colours. Nothing where there is but one line. */
function keyOf(panels) {
  const entries = new Map();
  for (const { name, colour, dashed } of panels.flatMap(panel => panel.lines).filter(line => line.inKey !== false)) {
    const known = entries.get(name);
    entries.set(name, { name, dashed, colour: known && known.colour !== colour ? style("--ink") : colour });
  }
  return entries.size > 1 ? [...entries.values()] : [];
}

/** Where the names of the solid lines stand beside their ends, moved apart so far that none covers another; null where there is no room for all. */
function endLabels(lines, height, shareOf) {
  const size = 13;
  const ends = lines.filter(line => !line.dashed && line.label !== "")
    .map(line => [line, line.mean.findLast(value => value !== null && Number.isFinite(value))]).filter(([, value]) => value !== undefined)
    .map(([line, value]) => ({ line, at: height * (1 - Math.min(1, Math.max(0, shareOf(value)))) })).sort((a, b) => a.at - b.at);
  if (lines.some(line => line.label === "") || ends.length * size > height || ends.some(({ line }) => line.name.length > 5)) return null;
  for (let i = ends.length - 1, floor = height; i >= 0; i--) floor = (ends[i].at = Math.min(ends[i].at, floor)) - size;
  for (let i = 1; i < ends.length; i++) ends[i].at = Math.max(ends[i].at, ends[i - 1].at + size);
  return ends;
}

/** The ends of a vertical axis that shows all lines: from zero where nothing is negative, unless logarithmic. */
function extent(lines, log, bands) {
  let low = Infinity, high = -Infinity;
  for (const line of lines) {
    for (const values of bands && line.low ? [line.mean, line.low, line.high] : [line.mean]) {
      for (const value of values) {
        if (value === null || !Number.isFinite(value) || (log && value <= 0)) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
  if (low > high) return [log ? 0.1 : 0, 1];
  if (log) return [low / 1.15, high * 1.15];
  const air = 0.05 * (high - low || Math.abs(high) || 1);
  return [low >= 0 ? 0 : low - air, high + air];
}

function addLine(series, line, grid, bands, floor) {
  const axes = { xAxisIndex: grid, yAxisIndex: grid };
  if (bands && line.low) {
    series.push({
      type: "custom", name: line.name, ...axes, silent: true, tooltip: { show: false }, clip: true,
      data: [[line.x[0], line.mean.find(value => value !== null) ?? 0]],
      renderItem: (parameters, api) => ({ type: "group", silent: true, children: bandShapes(line, api, floor) }),
    });
  }
  series.push({
    type: "line", name: line.name, ...axes, data: line.x.map((x, i) => ({ value: [x, line.mean[i]], symbol: isAlone(line.mean, i) ? "circle" : "none" })), symbol: "circle", symbolSize: 5, showSymbol: true, connectNulls: false,
    lineStyle: { color: line.colour, width: 1.8, type: line.dashed ? "dashed" : "solid" }, itemStyle: { color: line.colour },
    emphasis: { disabled: true },
  });
}

/** Whether a value stands between missing ones, so that it is a dot and no line. */
const isAlone = (values, i) => (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;

/** A band's shapes: an area for each stretch of layers that have an interval, and a bar for one that stands alone. */
function bandShapes(line, api, floor) {
  const at = (i, value) => api.coord([line.x[i], floor === undefined ? value : Math.max(value, floor)]);
  const here = i => i >= 0 && i < line.x.length && [line.mean[i], line.low[i], line.high[i]].every(value => value !== null && Number.isFinite(value));
  const shapes = [];
  for (let i = 0; i < line.x.length; i++) {
    if (!here(i)) continue;
    const start = i;
    while (here(i + 1)) i++;
    const stretch = Array.from({ length: i - start + 1 }, (_, k) => start + k);
    const upper = stretch.map(k => at(k, line.high[k])), lower = stretch.map(k => at(k, line.low[k]));
    shapes.push(stretch.length === 1
      ? { type: "polyline", silent: true, shape: { points: [...upper, ...lower] }, style: { stroke: line.colour, lineWidth: 1.5, opacity: 0.6, fill: "none" } }
      : { type: "polygon", silent: true, shape: { points: [...upper, ...lower.reverse()] }, style: { fill: line.colour, opacity: 0.17 } });
  }
  return shapes;
}

function lineTip(items, panels, xName) {
  if (!items.length) return "";
  const { axisIndex, axisValue } = items[0];
  const panel = panels[axisIndex];
  const lines = panel.lines.map(line => [line, line.x.indexOf(Number(axisValue))]).filter(([, i]) => i >= 0)
    .map(([line, i]) => `${line.name}: ${withInterval([line.mean[i], line.low ? line.low[i] : null, line.high ? line.high[i] : null])}`);
  return tip(`${panel.title}, ${xName.toLowerCase()} ${axisValue}`, lines);
}

/** Panels of cells. panels: [{title, rows: [name], columns: [name], values: [[…]]}]. */
function heatPanels(place, panels, { xName, yName, quantity, log = false, perRow = 1, cell = 22 }) {
  const width = place.clientWidth || 900;
  const columns = Math.min(perRow, columnsOf(panels.length, width, isPrinting() ? 160 : 260));
  const each = (width - 56 - 40 - 50 * (columns - 1)) / columns;
  const all = panels.flatMap(panel => panel.values.flat()).filter(value => value !== null && Number.isFinite(value) && (!log || value > 0));
  const place_ = value => log ? (value > 0 ? Math.log10(value) : null) : value;
  const shown = all.map(place_);
  const low = log ? shown.reduce((a, b) => Math.min(a, b), Infinity) : Math.min(0, all.reduce((a, b) => Math.min(a, b), Infinity));
  const high = shown.reduce((a, b) => Math.max(a, b), -Infinity);
  const bar = 46; // what the colour bar takes below the panels, with its name above it
  const option = {
    title: [{ text: quantity, left: 56, bottom: bar - 16, padding: 0, textStyle: { fontSize: 12, fontWeight: 400, color: style("--ink") } }],
    grid: [], xAxis: [], yAxis: [], series: [],
    visualMap: {
      min: low, max: high, calculable: false, orient: "horizontal", left: 50, bottom: 0, itemHeight: 160, itemWidth: 12, dimension: 2,
      text: [short(log ? 10 ** high : high), short(log ? 10 ** low : low)], textStyle: { color: style("--ink") }, inRange: { color: viridis },
    },
    tooltip: { ...tooltip(), formatter: item => {
      const panel = panels[item.seriesIndex];
      return tip(panel.title, [`${yName} ${panel.rows[item.data[1]]}, ${xName.toLowerCase()} ${panel.columns[item.data[0]]}`, `${quantity}: ${short(item.data[3])}`]);
    } },
  };
  let top = 0;
  panels.forEach((panel, i) => {
    const height = panel.rows.length * cell;
    const x = 56 + (i % columns) * (each + 50);
    option.title.push({ text: panel.title, left: x - 4, top, textStyle: { fontSize: 13.5, fontWeight: 650, color: style("--ink"), width: each, overflow: "truncate" } });
    option.grid.push({ left: x, top: top + 26, width: each, height });
    option.xAxis.push({ ...axisLook(), type: "category", gridIndex: i, data: panel.columns, name: xName, nameLocation: "middle", nameGap: 24, splitLine: { show: false } });
    option.yAxis.push({ ...axisLook(), type: "category", gridIndex: i, data: panel.rows, inverse: yName !== "Layer", splitLine: { show: false } });
    option.series.push({ type: "heatmap", xAxisIndex: i, yAxisIndex: i, emphasis: { disabled: true },
      data: panel.values.flatMap((row, r) => row.map((value, c) => [c, r, value === null ? "-" : place_(value) ?? "-", value])) });
    if ((i + 1) % columns === 0 || i === panels.length - 1) top += height + 74;
  });
  place.dataset.shows = quantity;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${quantity} as colours: ${panels.map(panel => panel.title).join(", ")}`);
  return show(place, option, top + bar + 4);
}
