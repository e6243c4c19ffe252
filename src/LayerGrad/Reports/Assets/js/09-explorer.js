// The example explorer: a scatter of two metrics, a list that filters and sorts, and an example's details.

const pageSize = 12;
const explorer = {
  rows: [], shown: [], page: 0, chosen: null, filter: "", set: "all", sort: "y", falling: true, x: "response_tokens", y: "S_sum", projection: 0, layer: "mean",
};
const ofExample = { loss: "Loss (nats a token)", response_tokens: "Response tokens", index: "Position in the dataset" };
const hasTokens = sets.every(set => set.explorer.tokens.every(count => count !== null));

const explorerMetrics = () => data.metrics.filter(metric => sets.every((set, i) => hasValues(i, metric.name)));

/** A number for every example, set after set. */
async function columnOf(name) {
  const columns = await Promise.all(sets.map(async (set, i) => {
    const { loss, tokens, index } = set.explorer;
    if (name === "loss") return loss;
    if (name === "response_tokens") return tokens;
    if (name === "index") return index;
    const values = await valuesOf(i, name);
    return index.map((_, example) => {
      const start = placeOf(example, explorer.projection);
      if (explorer.layer !== "mean") return values[start + Number(explorer.layer)];
      let sum = 0;
      for (let layer = 0; layer < data.layers.length; layer++) sum += values[start + layer];
      return sum / data.layers.length;
    });
  }));
  return columns.flat();
}

const measureName = name => ofExample[name] ?? `${axisName(name)}, ${data.projections[explorer.projection]}, ${explorer.layer === "mean" ? "mean over layers" : `layer ${layerName(explorer.layer)}`}`;

async function refreshExplorer() {
  const [x, y, texts] = await Promise.all([columnOf(explorer.x), columnOf(explorer.y), Promise.all(sets.map((_, i) => textsOf(i)))]);
  let at = 0;
  explorer.rows = sets.flatMap((set, i) => set.explorer.index.map((index, example) => ({
    set: i, example, index, loss: set.explorer.loss[example], tokens: set.explorer.tokens[example], x: x[at], y: y[at++],
    instruction: texts[i][example][0], output: texts[i][example][1], shares: set.explorer.shares.includes(example),
  })));
  const wanted = explorer.filter.toLowerCase();
  explorer.shown = explorer.rows.filter(row => (explorer.set === "all" || row.set === Number(explorer.set))
    && (wanted === "" || row.instruction.toLowerCase().includes(wanted) || row.output.toLowerCase().includes(wanted)));
  explorer.shown.sort((a, b) => compare(a[explorer.sort], b[explorer.sort]) * (explorer.falling && a[explorer.sort] !== null ? -1 : 1));
  explorer.page = Math.min(explorer.page, Math.max(0, Math.ceil(explorer.shown.length / pageSize) - 1));
  drawScatter();
  fillList();
}

function drawScatter() {
  const place = byId("example-scatter");
  const look = axisLook();
  const series = sets.map((set, i) => ({
    type: "scatter", name: set.label, symbolSize: 7, itemStyle: { color: colourOf(i), opacity: 0.72 }, emphasis: { scale: 1.6 },
    data: explorer.shown.filter(row => row.set === i && Number.isFinite(row.x) && Number.isFinite(row.y)).map(row => ({
      value: [row.x, row.y], row,
      ...(row === chosenRow() ? { symbolSize: 14, itemStyle: { color: colourOf(i), opacity: 1, borderColor: style("--ink"), borderWidth: 2 } } : {}),
    })),
  }));
  const height = isPrinting() ? 320 : Math.max(320, Math.min(460, place.clientWidth));
  const key = chartKey(sets.length > 1 ? sets.map((set, i) => ({ name: set.label, colour: colourOf(i), dot: true })) : [], 62, place.clientWidth - 70);
  place.dataset.shows = measureName(explorer.y);
  const chart = show(place, {
    title: key.titles,
    grid: { left: 62, right: 16, top: 16 + key.height, bottom: 46 },
    xAxis: { ...look, type: "value", scale: true, name: measureName(explorer.x), nameLocation: "middle", nameGap: 28, axisLabel: { ...look.axisLabel, formatter: value => short(value) } },
    yAxis: { ...look, type: "value", scale: true, name: measureName(explorer.y), nameLocation: "middle", nameGap: 46, axisLabel: { ...look.axisLabel, formatter: value => short(value) } },
    tooltip: { ...tooltip(), formatter: item => tip(`${sets[item.data.row.set].label}, example ${item.data.row.index}`, [
      `${measureName(explorer.x)}: ${short(item.data.row.x)}`, `${measureName(explorer.y)}: ${short(item.data.row.y)}`, snippet(item.data.row.output, 90)]) },
    series,
  }, height + key.height);
  if (!chart.listens) {
    chart.on("click", item => choose(item.data.row));
    chart.listens = true;
  }
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${measureName(explorer.y)} over ${measureName(explorer.x)}, a dot an example; the list beside it holds the same examples`);
}

const snippet = (text, length) => { const line = text.replace(/\s+/g, " ").trim(); return line.length > length ? `${line.slice(0, length)}…` : line; };

const chosenRow = () => explorer.chosen && explorer.rows.find(row => row.set === explorer.chosen.set && row.example === explorer.chosen.example);

function fillList() {
  const start = explorer.page * pageSize;
  const pages = Math.max(1, Math.ceil(explorer.shown.length / pageSize));
  const columns = [["Set", "set"], ["Example", "index"], ["Loss", "loss"], ...(hasTokens ? [["Tokens", "tokens"]] : []), [metricOf.get(explorer.y)?.title ?? measureName(explorer.y), "y"], ["Text", "instruction"]];
  const sortBy = key => { explorer.falling = explorer.sort === key ? !explorer.falling : !["instruction", "set", "index"].includes(key); explorer.sort = key; explorer.page = 0; refreshExplorer(); };
  const heads = columns.map(([name, key]) => element("th", { scope: "col", "aria-sort": explorer.sort === key ? (explorer.falling ? "descending" : "ascending") : "none", class: ["loss", "tokens", "y", "index"].includes(key) ? "number" : key === "set" ? "name" : null },
    element("button", { type: "button", onclick: () => sortBy(key) }, name)));
  const rows = explorer.shown.slice(start, start + pageSize).map(row => element("tr", { class: row === chosenRow() ? "chosen" : null, onclick: () => choose(row) },
    element("th", { scope: "row", class: "name" }, element("span", { class: "swatch", style: `border-color:${colourOf(row.set)}`, "aria-hidden": "true" }), ` ${sets[row.set].label}`),
    element("td", { class: "number" }, row.shares ? element("span", { title: "with the shares of its tokens" }, "● ") : null,
      element("button", { type: "button", class: "plain", "aria-label": `Show ${sets[row.set].label}, example ${row.index}`, "aria-current": row === chosenRow() ? "true" : null }, String(row.index))),
    element("td", { class: "number" }, short(row.loss)),
    hasTokens ? element("td", { class: "number" }, short(row.tokens)) : null, element("td", { class: "number" }, short(row.y)),
    element("td", { class: "text" }, snippet(row.instruction, 90))));
  const turn = by => { explorer.page += by; fillList(); keepFocus(by < 0 ? "previous" : "next"); };
  byId("example-list").replaceChildren(
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "List of examples" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))),
    element("div", { class: "pager" },
      element("button", { type: "button", id: "previous", disabled: explorer.page === 0, onclick: () => turn(-1) }, "Previous"),
      element("button", { type: "button", id: "next", disabled: explorer.page >= pages - 1, onclick: () => turn(1) }, "Next"),
      element("span", { id: "example-count" }, explorer.shown.length === 0 ? "No example matches" : `${start + 1}–${Math.min(start + pageSize, explorer.shown.length)} of ${explorer.shown.length}`),
      element("button", { type: "button", id: "save-examples", "aria-label": "Save CSV: the examples in the list", onclick: saveExamples }, "Save CSV")));
}

/** Gives the focus back to a button that was made anew; to its neighbour where it can go no further. */
function keepFocus(id) {
  const button = byId(id);
  (button.disabled ? byId(id === "next" ? "previous" : "next") : button).focus();
}

/** The examples that the list goes through, on all its pages, with their whole texts. */
function saveExamples() {
  const columns = [["Set", "label"], ["Example", "index"], ["Loss", "loss"], ...(hasTokens ? [["Response tokens", "tokens"]] : []), ...[...new Set([explorer.x, explorer.y])]
    .filter(name => metricOf.has(name)).map(name => [measureName(name), name === explorer.x ? "x" : "y"]), ["Instruction", "instruction"], ["Output", "output"]];
  save(asCsv(columns.map(([name, key]) => ({ name, key })), explorer.shown.map(row => ({ ...row, label: sets[row.set].label }))), "text/csv;charset=utf-8", "examples.csv");
}

function fillExplorerSwitches() {
  const measures = [...explorerMetrics().map(metric => [metric.name, metric.title]), ["loss", "loss"], ...(hasTokens ? [["response_tokens", "response tokens"]] : []), ["index", "position in the dataset"]];
  if (!hasTokens && explorer.x === "response_tokens") explorer.x = "loss";
  if (!measures.some(([name]) => name === explorer.y)) explorer.y = measures[0][0];
  const set = (key, number) => value => { explorer[key] = number ? Number(value) : value; explorer.page = 0; refreshExplorer(); };
  const filter = element("input", { type: "search", id: "example-filter", placeholder: "text in the example", oninput: () => { explorer.filter = filter.value; explorer.page = 0; refreshExplorer(); } });
  byId("example-switches").replaceChildren(
    element("label", {}, "Filter ", filter),
    choice("Set", "example-set", [["all", "all"], ...sets.map((each, i) => [String(i), each.label])], explorer.set, set("set")),
    choice("Across", "example-x", measures, explorer.x, set("x")),
    choice("Upwards", "example-y", measures, explorer.y, set("y")),
    choice("Projection", "example-projection", data.projections.map((projection, i) => [String(i), projection]), "0", set("projection", true)),
    choice("Layer", "example-layer", [["mean", "mean over layers"], ...data.layers.map((layer, i) => [String(i), String(layer)])], "mean", set("layer")));
  const kept = sets.filter(each => each.explorer.index.length < each.examples);
  byId("example-caption").replaceChildren(element("span", { class: "screen" }, "Choose a dot or a row to read the example and to see its curves. "),
    (sets.some(each => each.explorer.shares.length) ? "● has a share for each token. " : "")
    + (kept.length ? `Every so-many-th example is here: ${kept.map(each => `${each.explorer.index.length} of ${each.examples} of ${each.label}`).join(", ")}. ` : ""));
}
