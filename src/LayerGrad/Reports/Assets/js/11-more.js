// Curves over training steps, and the similarity of examples, where the runs have them.

const stepState = { metric: null, view: "curves" };

function drawSteps() {
  const { steps, sets: runs } = data.steps;
  const metric = stepState.metric;
  const place = byId("step-chart");
  if (stepState.view === "curves") {
    const mean = layers => layers.some(value => value === null) ? null : layers.reduce((a, b) => a + b, 0) / layers.length;
    const panels = data.projections.map(projection => ({
      title: projection, lines: runs.map((run, i) => ({ name: run.label, label: "", x: steps, mean: run.values[metric][projection].map(mean), colour: colourOf(i) })),
    }));
    return linePanels(place, panels, { xName: "Training step", yName: `${axisName(metric)}, mean over layers` });
  }
  const panels = runs.flatMap(run => data.projections.map(projection => ({
    title: `${run.label}, ${projection}`, rows: data.layers.map(String), columns: steps.map(String),
    values: data.layers.map((_, layer) => run.values[metric][projection].map(layers => layers[layer])),
  })));
  return heatPanels(place, panels, { xName: "Training step", yName: "Layer", quantity: axisName(metric), perRow: 4, cell: Math.max(5, Math.min(16, 240 / data.layers.length)) });
}

function fillSteps() {
  if (!data.steps) return;
  byId("steps").hidden = false;
  const metrics = Object.keys(data.steps.sets[0].values);
  stepState.metric = metrics[0];
  byId("step-switches").replaceChildren(
    choice("Show", "step-view", [["curves", "mean over layers"], ["heat map", "layer by step"]], stepState.view, value => { stepState.view = value; drawSteps(); }),
    choice("Metric", "step-metric", metrics.map(name => [name, metricOf.get(name).title]), stepState.metric, value => { stepState.metric = value; drawSteps(); }));
  onRedraw(drawSteps);
}

/** The kernel between examples as cells, which the pointer or the arrow keys read one by one. */
async function fillKernel() {
  if (!data.kernel) return;
  byId("kernel").hidden = false;
  const { rows, columns, matrices, by } = data.kernel;
  const figure = element("div", { class: "figure", id: "kernel-figure", tabindex: "0", role: "group", "aria-label": "Similarity of examples: the arrow keys go from cell to cell", "aria-describedby": "kernel-readout" });
  const readout = element("p", { class: "about", id: "kernel-readout", "aria-live": "polite" });
  const state = { matrix: 0, numbers: null, row: 0, column: 0 };
  const read = (row, column) => {
    Object.assign(state, { row: clamp(row, rows.length), column: clamp(column, columns.length) });
    readout.textContent = `Example ${rows[state.row]} with example ${columns[state.column]}: ${short(state.numbers[state.row * columns.length + state.column])}`;
    markCell(state);
  };
  figure.addEventListener("mousemove", event => {
    const box = byId("kernel-map").getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    if (across >= 0 && across < 1 && down >= 0 && down < 1) read(Math.floor(down * rows.length), Math.floor(across * columns.length));
  });
  figure.addEventListener("keydown", event => {
    const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    if (!down && !across) return;
    event.preventDefault();
    read(state.row + down, state.column + across);
  });
  const draw = () => {
    const [label, text] = kernelTexts(matrices[state.matrix]);
    byId("kernel-caption").textContent = text;
    figure.replaceChildren(kernelCells(matrices[state.matrix], state.numbers, label));
    readout.textContent = "Point at a cell to read it, or go from cell to cell with the arrow keys.";
  };
  const choose = async matrix => {
    state.matrix = matrix;
    state.numbers = await floatsOf(matrices[matrix].values);
    draw();
  };
  const switches = matrices.length > 1
    ? element("div", { class: "switches" }, choice(by[0].toUpperCase() + by.slice(1), "kernel-matrix", matrices.map(({ name }, i) => [String(i), name]), "0", value => choose(Number(value))))
    : null;
  byId("kernel-view").replaceChildren(...[switches, figure, readout,
    savers(figure, "Similarity of examples", () => `similarity of examples ${matrices.length > 1 ? matrices[state.matrix].name : ""}`)].filter(Boolean));
  await choose(0);
  redraws.push(draw);
}

const clamp = (at, count) => Math.min(count - 1, Math.max(0, at));

const kernelQuantity = () => data.kernel.cosines ? "Cosine" : "Inner product";

/** What a matrix shows, in short and with all that is to be said of it. */
function kernelTexts({ name, range: [low, high] }) {
  const { rows, matrices, by, examples, path } = data.kernel;
  const label = `${kernelQuantity()}s of the examples' gradients${matrices.length > 1 ? ` of ${by} ${name}` : ""}`;
  const some = rows.length < examples ? `${rows.length} of the ${examples} examples, evenly spaced` : `${examples} examples, in the order of the dataset`;
  return [label, `${label}, from ${short(low)} to ${short(high)}, from ${path}; a row and a column an example: ${some}. A cell that is no number is grey.`];
}

function kernelCells({ range: [low, high] }, numbers, label) {
  const { rows, columns } = data.kernel;
  const { channels, stops } = colourScale(low, high);
  const zero = -low / (high - low);
  const cell = Math.min(16, Math.max(1, Math.floor(420 / Math.max(rows.length, columns.length))));
  const side = count => Math.max(count * cell, Math.min(160, 40 * count));
  return cellsFigure("kernel-map", label, {
    rows, columns, width: side(columns.length), height: side(rows.length), xName: "Example", yName: "Example",
    channelsAt: (row, column) => channels(numbers[row * columns.length + column]),
    bar: { stops, low: short(low), middle: zero > 0.25 && zero < 0.75 ? [zero, "0"] : null, high: short(high), title: kernelQuantity() },
  });
}

/** Frames the cell that is read. */
function markCell({ row, column }) {
  const picture = byId("kernel-map"), { rows, columns } = data.kernel;
  const [x, y, width, height] = ["x", "y", "width", "height"].map(name => Number(picture.getAttribute(name)));
  const frame = drawn("rect", { class: "passing", x: x + column * width / columns.length, y: y + row * height / rows.length, width: width / columns.length, height: height / rows.length,
    fill: "none", stroke: "#000000", "stroke-width": 1.5 });
  picture.parentNode.querySelector(".passing")?.remove();
  picture.after(frame);
}
