// One example: its text, its curves against the set's mean, and the shares of its tokens.

async function choose(row) {
  explorer.chosen = { set: row.set, example: row.example };
  drawScatter();
  fillList();
  const set = sets[row.set];
  const place = byId("example");
  const curves = element("div", { class: "chart", id: "example-curves" });
  const tokens = element("div", { id: "example-tokens" });
  place.replaceChildren(
    element("h3", {}, `${set.label}, example ${row.index}`),
    element("p", { class: "about" }, `Loss ${short(row.loss)} nats a token${row.tokens === null ? "" : `, ${row.tokens} response tokens`}.`),
    element("div", { class: "texts" },
      element("div", {}, element("h3", {}, "Instruction"), element("pre", { class: "text", id: "example-instruction", tabindex: "0" }, row.instruction)),
      element("div", {}, element("h3", {}, "Output"), element("pre", { class: "text", id: "example-output", tabindex: "0" }, row.output))),
    element("h3", {}, "Its curves, and the mean of its set (dashed)"), curves, tokens);
  place.hidden = false;
  await drawExampleCurves();
  await fillTokens(row, tokens);
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

async function drawExampleCurves() {
  const row = chosenRow();
  if (!row) return;
  const metric = byId("metric").value;
  const place = byId("example-curves");
  if (!hasValues(row.set, metric)) {
    return show(place, { title: { text: `The report holds no ${metricOf.get(metric).title} of single examples`, textStyle: { fontSize: 13, color: style("--faint") } } }, 60);
  }
  const values = await valuesOf(row.set, metric);
  const panels = data.projections.slice(0, 12).map((projection, p) => {
    const start = placeOf(row.example, p);
    const mean = sets[row.set].curves[metric]?.[projection].mean;
    return { title: projection, lines: [
      ...(mean ? [{ name: `mean of ${sets[row.set].label}`, x: data.layers, mean, colour: style("--faint"), dashed: true }] : []),
      { name: "this example", label: "", x: data.layers, mean: [...values.subarray(start, start + data.layers.length)].map(value => Number.isFinite(value) ? value : null), colour: colourOf(p) },
    ] };
  });
  linePanels(place, panels, { xName: "Layer", yName: axisName(metric), shared: false });
}

/** The shares of an example's tokens: a signed byte for each weight and token, times the weight's scale. */
async function sharesOf(row) {
  const explorerOfSet = sets[row.set].explorer;
  const at = explorerOfSet.shares.indexOf(row.example);
  const chunk = await once(`shares ${row.set}`, () => bytesOf(explorerOfSet.shareValues));
  const { tokens, response, start, scales } = explorerOfSet.shareTokens[at];
  const bytes = new Int8Array(chunk.buffer, start, scales.length * tokens.length);
  return { tokens, response, share: (weight, token) => bytes[weight * tokens.length + token] * scales[weight] / 127 };
}

async function fillTokens(row, place) {
  if (!row.shares) return;
  const shares = await sharesOf(row);
  const state = { projection: 0, layer: "mean" };
  const layers = data.layers.length;
  const share = token => {
    if (state.layer !== "mean") return shares.share(state.projection * layers + state.layer, token);
    let sum = 0;
    for (let layer = 0; layer < layers; layer++) sum += shares.share(state.projection * layers + layer, token);
    return sum / layers;
  };
  const text = element("div", { class: "tokens", tabindex: "0", "aria-label": "Tokens, coloured by their share of the gradient" });
  const map = element("canvas", { id: "token-map", "aria-hidden": "true", title: "Click a layer" });
  const caption = element("p", { class: "about" });
  const draw = () => {
    const values = shares.tokens.map((_, token) => share(token));
    const largest = Math.max(1e-9, ...values.map(Math.abs));
    text.replaceChildren(...shares.tokens.map((token, i) => element("span", {
      class: i >= shares.response ? "response" : null, style: `background:${signedColour(values[i] / largest)}`, title: `${token}: ${(100 * values[i]).toFixed(1)} % of ‖G‖²`,
    }, token)));
    caption.textContent = `Share of each token in the squared norm of the gradient of ${data.projections[state.projection]}, ${state.layer === "mean" ? "mean over the layers" : `layer ${layerName(state.layer)}`}; `
      + `orange adds, blue takes away, the deepest colour is ${(100 * largest).toFixed(1)} %. Shares add up to 100 %. The response is underlined.`;
    drawTokenMap(map, shares, state);
  };
  map.addEventListener("click", event => {
    const box = map.getBoundingClientRect();
    state.layer = Math.min(layers - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * layers)));
    byId("token-layer").value = String(state.layer);
    draw();
  });
  place.replaceChildren(element("h3", {}, "Its tokens"),
    element("div", { class: "switches" },
      choice("Projection", "token-projection", data.projections.map((projection, i) => [String(i), projection]), "0", value => { state.projection = Number(value); draw(); }),
      choice("Layer", "token-layer", [["mean", "mean over layers"], ...data.layers.map((layer, i) => [String(i), String(layer)])], "mean", value => { state.layer = value === "mean" ? value : Number(value); draw(); })),
    text, caption, element("p", { class: "about" }, "Layers (downwards) by tokens (to the right):"), map);
  draw();
}

/** Blue below zero, white at zero, orange above. */
function signedColour(share) {
  const [r, g, b] = share < 0 ? [86, 160, 220] : [240, 140, 40];
  const depth = Math.min(1, Math.abs(share)) ** 0.6;
  return `rgb(${[r, g, b].map(channel => Math.round(255 + (channel - 255) * depth)).join(",")})`;
}

function drawTokenMap(canvas, shares, state) {
  const layers = data.layers.length, count = shares.tokens.length;
  canvas.width = count;
  canvas.height = layers;
  canvas.style.width = "100%";
  canvas.style.height = `${Math.max(80, 7 * layers)}px`;
  const context = canvas.getContext("2d");
  for (let layer = 0; layer < layers; layer++) {
    let largest = 1e-9;
    for (let token = 0; token < count; token++) largest = Math.max(largest, Math.abs(shares.share(state.projection * layers + layer, token)));
    for (let token = 0; token < count; token++) {
      context.fillStyle = signedColour(shares.share(state.projection * layers + layer, token) / largest);
      context.fillRect(token, layer, 1, 1);
    }
  }
}
