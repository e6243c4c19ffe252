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
    choice("Metric", "step-metric", metrics.map(name => [name, metricOf.get(name).title]), stepState.metric, value => { stepState.metric = value; drawSteps(); }),
    element("span", {}, ...data.steps.sets.map((run, i) => element("label", {}, element("span", { class: "swatch", style: `border-color:${colourOf(i)}` }), ` ${run.label}  `))));
  onRedraw(drawSteps);
}

async function fillKernel() {
  if (!data.kernel) return;
  byId("kernel").hidden = false;
  const { rows, columns, matrices, by, cosines, examples, path } = data.kernel;
  const canvas = element("canvas", { id: "kernel-map", width: columns.length, height: rows.length, role: "img" });
  canvas.style.width = `min(100%, ${Math.max(320, columns.length)}px)`;
  const readout = element("p", { class: "about", id: "kernel-readout", "aria-live": "polite" });
  let numbers;
  canvas.addEventListener("mousemove", event => {
    const box = canvas.getBoundingClientRect();
    const column = Math.min(columns.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * columns.length)));
    const row = Math.min(rows.length - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * rows.length)));
    readout.textContent = `Example ${rows[row]} with example ${columns[column]}: ${short(numbers[row * columns.length + column])}`;
  });
  async function show(matrix) {
    const { name, range: [low, high], values } = matrices[matrix];
    numbers = await floatsOf(values);
    paintMatrix(canvas.getContext("2d"), numbers, columns.length, rows.length, low, high);
    const quantity = cosines ? "Cosines" : "Inner products";
    const whose = matrices.length > 1 ? ` of ${by} ${name}` : "";
    const some = rows.length < examples ? `${rows.length} of the ${examples} examples, evenly spaced` : `${examples} examples, in the order of the dataset`;
    canvas.setAttribute("aria-label", `${quantity} of the examples' gradients${whose}`);
    byId("kernel-caption").textContent = `${quantity} of the examples' gradients${whose}, from ${short(low)} to ${short(high)}, from ${path}; a row and a column an example: ${some}.`;
    readout.textContent = "Point at a cell to read it.";
  }
  const shown = matrices.length > 1
    ? element("div", { class: "switches" }, choice(by[0].toUpperCase() + by.slice(1), "kernel-matrix", matrices.map(({ name }, i) => [String(i), name]), "0", value => show(Number(value))))
    : null;
  byId("kernel-view").replaceChildren(...[shown, canvas, readout].filter(Boolean));
  await show(0);
}

/** A cell a pixel. Two scales meet at zero when there are negative values, blue below and orange above; otherwise one goes from dark to light. */
function paintMatrix(context, numbers, columns, rows, low, high) {
  const image = context.createImageData(columns, rows);
  const largest = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const scale = viridis.map(rgbOf);
  for (let i = 0; i < numbers.length; i++) {
    const [r, g, b] = Number.isNaN(numbers[i]) ? [128, 128, 128] : low < 0 ? signedColour(numbers[i] / largest).match(/\d+/g).map(Number) : between(scale, (numbers[i] - low) / (high - low || 1));
    image.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

const rgbOf = colour => [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));

function between(scale, share) {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = Math.min(scale.length - 2, Math.floor(place));
  return scale[below].map((channel, i) => Math.round(channel + (scale[below + 1][i] - channel) * (place - below)));
}
