// Charts: colours that all readers can tell apart, panels of lines with bands, and what ECharts needs around them.

// Okabe and Ito (2008), without black, in an order whose lightness alternates.
const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8c7a00", "#7f7f7f"];
// On dark paper their dark blue and green are too dark.
const paletteOnDark = ["#4ba3d9", "#f0813a", "#2fbf97", "#dd94bf", "#8fd0f5", "#f2b84b", "#c9b73a", "#a8a8a8"];
const viridis = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

const charts = new Map();
const redraws = [];

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const colourOf = index => (isDark() ? paletteOnDark : palette)[index % palette.length];

/** Draws now, and again whenever colours or the room change. */
function onRedraw(draw) {
  redraws.push(draw);
  draw();
}

function redrawAll() {
  for (const draw of redraws) draw();
}

/** Shows an option in a place, at a height in pixels. */
function show(place, option, height) {
  place.style.height = `${height}px`;
  let chart = charts.get(place);
  if (!chart) {
    chart = echarts.init(place, null, { renderer: "svg" });
    charts.set(place, chart);
  }
  chart.resize();
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: style("--ink") },
    aria: { enabled: true },
    ...option,
  }, { notMerge: true });
  return chart;
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

/**
 * Panels of lines side by side. panels: [{title, lines: [{name, x, mean, low, high, colour, dashed}]}];
 * xName, yName: what the axes show; log, shared: the vertical scale.
 */
function linePanels(place, panels, { xName, yName, log = false, shared = true, bands = true }) {
  const width = place.clientWidth || 900;
  const columns = Math.max(1, Math.min(panels.length, Math.floor(width / 270)));
  const rows = Math.ceil(panels.length / columns);
  const rowHeight = columns === 1 ? 260 : Math.max(240, Math.min(330, 0.75 * width / columns));
  const left = 54, gap = 50;
  const each = (width - left - 24 - gap * (columns - 1)) / columns;
  const option = { title: [], grid: [], xAxis: [], yAxis: [], series: [], tooltip: { ...tooltip(), trigger: "axis", formatter: items => lineTip(items, panels, xName) } };
  const [low, high] = shared ? extent(panels.flatMap(panel => panel.lines), log, bands) : [undefined, undefined];
  panels.forEach((panel, i) => {
    const x = left + (i % columns) * (each + gap), y = Math.floor(i / columns) * rowHeight;
    const [from, to] = shared ? [low, high] : extent(panel.lines, log, bands);
    option.title.push({ text: panel.title, left: x - 4, top: y, textStyle: { fontSize: 13.5, fontWeight: 650, color: style("--ink"), width: each + 20, overflow: "truncate" } });
    option.grid.push({ left: x, top: y + 30, width: each, height: rowHeight - 80 });
    option.xAxis.push({ ...axisLook(), type: "value", gridIndex: i, name: xName, nameLocation: "middle", nameGap: 24, min: "dataMin", max: "dataMax", minInterval: 1, splitLine: { show: false } });
    option.yAxis.push({ ...axisLook(), type: log ? "log" : "value", gridIndex: i, min: from, max: to, name: i % columns === 0 ? yName : "", nameLocation: "middle", nameGap: 40,
      axisLabel: { ...axisLook().axisLabel, formatter: value => short(value), showMinLabel: !log || undefined, showMaxLabel: false } });
    for (const line of panel.lines) addLine(option.series, line, i, bands, log ? from : undefined);
    option.title.push(...endLabels(panel.lines, x + each, y + 30, rowHeight - 80, value => log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from)));
  });
  const chart = show(place, option, rows * rowHeight);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${yName} over ${xName}: ${panels.map(panel => panel.title).join(", ")}`);
  return chart;
}

/** The names of the solid lines beside their ends, moved apart so far that none covers another; where there is room for all. */
function endLabels(lines, left, top, height, shareOf) {
  const size = 13;
  const ends = lines.filter(line => !line.dashed && line.label !== "")
    .map(line => [line, line.mean.findLast(value => value !== null && Number.isFinite(value))]).filter(([, value]) => value !== undefined)
    .map(([line, value]) => ({ line, at: top + height * (1 - Math.min(1, Math.max(0, shareOf(value)))) })).sort((a, b) => a.at - b.at);
  if (ends.length * size > height || ends.some(({ line }) => line.name.length > 5)) return [];
  for (let i = ends.length - 1, floor = top + height; i >= 0; i--) floor = (ends[i].at = Math.min(ends[i].at, floor)) - size;
  for (let i = 1; i < ends.length; i++) ends[i].at = Math.max(ends[i].at, ends[i - 1].at + size);
  return ends.map(({ line, at }) => ({ text: line.name, left: left + 1, top: at - 12, padding: 5, textStyle: { color: line.colour, fontSize: 11, fontWeight: 600 } }));
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
      data: [[line.x[0], line.mean[0]]],
      renderItem: (parameters, api) => ({
        type: "polygon", silent: true,
        shape: { points: bandOutline(line, api, floor) },
        style: { fill: line.colour, opacity: 0.17 },
      }),
    });
  }
  series.push({
    type: "line", name: line.name, ...axes, data: line.x.map((x, i) => [x, line.mean[i]]), symbol: "circle", symbolSize: 5, showSymbol: line.x.length === 1, connectNulls: false,
    lineStyle: { color: line.colour, width: 1.8, type: line.dashed ? "dashed" : "solid" }, itemStyle: { color: line.colour },
    emphasis: { disabled: true },
  });
}

function bandOutline(line, api, floor) {
  const at = (i, value) => api.coord([line.x[i], floor === undefined ? value : Math.max(value, floor)]);
  const forth = [], back = [];
  line.x.forEach((x, i) => {
    if (line.low[i] === null || line.high[i] === null) return;
    forth.push(at(i, line.high[i]));
    back.unshift(at(i, line.low[i]));
  });
  return [...forth, ...back];
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
  const columns = Math.max(1, Math.min(perRow, Math.floor(width / 300)));
  const each = (width - 56 - 40 - 50 * (columns - 1)) / columns;
  const all = panels.flatMap(panel => panel.values.flat()).filter(value => value !== null && Number.isFinite(value) && (!log || value > 0));
  const place_ = value => log ? (value > 0 ? Math.log10(value) : null) : value;
  const shown = all.map(place_);
  const low = log ? shown.reduce((a, b) => Math.min(a, b), Infinity) : Math.min(0, all.reduce((a, b) => Math.min(a, b), Infinity));
  const option = {
    title: [], grid: [], xAxis: [], yAxis: [], series: [],
    visualMap: {
      min: low, max: shown.reduce((a, b) => Math.max(a, b), -Infinity), calculable: false, orient: "horizontal", left: 50, bottom: 0, itemHeight: 160, itemWidth: 12, dimension: 2,
      text: [short(log ? 10 ** shown.reduce((a, b) => Math.max(a, b), -Infinity) : shown.reduce((a, b) => Math.max(a, b), -Infinity)), `${quantity}  ${short(log ? 10 ** low : low)}`],
      textStyle: { color: style("--ink") }, inRange: { color: viridis },
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
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${quantity} as colours: ${panels.map(panel => panel.title).join(", ")}`);
  return show(place, option, top + 34);
}
