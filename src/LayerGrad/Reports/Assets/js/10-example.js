// One example: its text, its curves against the set's mean, and the shares of its tokens.

async function choose(row) {
  explorer.chosen = { set: row.set, example: row.example };
  drawScatter();
  fillList();
  const set = sets[row.set];
  const place = byId("example");
  forget("example-curves");
  const curves = element("div", { class: "chart", id: "example-curves", "data-title": `Curves of ${set.label}, example ${row.index}` });
  const tokens = element("div", { id: "example-tokens" });
  place.replaceChildren(
    element("h3", { id: "example-title" }, `${set.label}, example ${row.index}`),
    element("p", { class: "about" }, `Loss ${short(row.loss)} nats a token${row.tokens === null ? "" : `, ${row.tokens} response tokens`}.`),
    element("div", { class: "texts" },
      element("div", {}, element("h3", {}, "Instruction"), element("pre", { class: "text", id: "example-instruction", tabindex: "0", role: "region", "aria-label": "Instruction" }, row.instruction)),
      element("div", {}, element("h3", {}, "Output"), element("pre", { class: "text", id: "example-output", tabindex: "0", role: "region", "aria-label": "Output" }, row.output))),
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
  const { tokens, parts, start, scales } = explorerOfSet.shareTokens[at];
  const bytes = new Int8Array(chunk.buffer, start, scales.length * tokens.length);
  return { tokens, parts, share: (weight, token) => bytes[weight * tokens.length + token] * scales[weight] / 127 };
}

/** What a letter of an example's parts stands for: its name, and how its tokens are marked. */
const partNames = { p: ["prompt", null], t: ["thinking", "thinking"], a: ["answer", "response"] };

/** How much of the gradient comes through the prompt, the thinking and the answer; nothing where there is no thinking to tell apart. */
function sharesByPart(parts, values) {
  if (!parts.includes("t")) return "The response is underlined.";
  const sums = Object.entries(partNames).map(([letter, [name]]) => `${name} ${(100 * values.reduce((sum, value, i) => parts[i] === letter ? sum + value : sum, 0)).toFixed(1)} %`);
  return `The answer is underlined, thinking is underlined with dots. By part: ${sums.join(", ")}.`;
}

async function fillTokens(row, place) {
  exampleMap = () => {};
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
  const text = element("div", { class: "tokens", tabindex: "0", role: "region", "aria-label": "Tokens, coloured by their share of the gradient" });
  const map = element("div", { class: "figure" });
  const caption = element("p", { class: "about" });
  const named = () => `${data.projections[state.projection]}, ${state.layer === "mean" ? "mean over the layers" : `layer ${layerName(state.layer)}`}`;
  const draw = () => {
    const values = shares.tokens.map((_, token) => share(token));
    const largest = Math.max(1e-9, ...values.map(Math.abs));
    text.replaceChildren(...shares.tokens.map((token, i) => element("span", {
      class: partNames[shares.parts[i]][1], style: `background:${signedColour(values[i] / largest)}`, title: `${token}: ${(100 * values[i]).toFixed(1)} % of ‖G‖²${shares.parts.includes("t") ? ` (${partNames[shares.parts[i]][0]})` : ""}`,
    }, token)));
    caption.textContent = `Share of each token in the squared norm of the gradient of ${named()}; `
      + `orange adds, blue takes away, the deepest colour is ${(100 * largest).toFixed(1)} %. Shares add up to 100 %. ${sharesByPart(shares.parts, values)}`;
    map.replaceChildren(tokenMap(shares, state.projection, map.clientWidth || 600));
  };
  map.addEventListener("click", event => {
    const box = byId("token-map").getBoundingClientRect();
    state.layer = Math.min(layers - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * layers)));
    byId("token-layer").value = String(state.layer);
    draw();
  });
  place.replaceChildren(element("h3", {}, "Its tokens"),
    element("div", { class: "switches" },
      choice("Projection", "token-projection", data.projections.map((projection, i) => [String(i), projection]), "0", value => { state.projection = Number(value); draw(); }),
      choice("Layer", "token-layer", [["mean", "mean over layers"], ...data.layers.map((layer, i) => [String(i), String(layer)])], "mean", value => { state.layer = value === "mean" ? value : Number(value); draw(); })),
    text, caption, element("h3", {}, "Its tokens in each layer"), map,
    savers(map, "Tokens in each layer", () => `tokens ${sets[row.set].label} example ${row.index} ${data.projections[state.projection]}`));
  exampleMap = draw;
  draw();
}

/** Draws the chosen example's map of tokens again, where it has one. */
let exampleMap = () => {};

/** The shares of an example's tokens in every layer. */
function tokenMap(shares, projection, room) {
  const layers = data.layers.length, count = shares.tokens.length;
  const largest = data.layers.map((_, layer) => shares.tokens.reduce((most, _, token) => Math.max(most, Math.abs(shares.share(projection * layers + layer, token))), 1e-9));
  return cellsFigure("token-map", `Shares of the example's tokens in the gradient of ${data.projections[projection]}, a row a layer, a column a token`, {
    rows: data.layers.map(String), columns: shares.tokens.map((_, token) => String(token)), width: Math.max(200, room - 70), height: Math.min(480, Math.max(90, 18 * layers)),
    xName: "Token", yName: "Layer",
    channelsAt: (layer, token) => signedChannels(shares.share(projection * layers + layer, token) / largest[layer]),
    bar: { stops: colourScale(-1, 1).stops, low: "takes away", middle: [0.5, "0"], high: "adds", title: "Share of ‖G‖², next to the layer's largest" },
  });
}
