// Mean curves over the layers, with switches for what is shown.

const curveState = {
  sets: new Set(sets.map((set, i) => i)), projections: new Set(data.projections.slice(0, 8)), panels: "sets", bands: true, log: false, shared: true, view: "lines",
};

function drawCurves() {
  const metric = byId("metric").value;
  const yName = axisName(metric);
  const shownSets = sets.map((set, i) => i).filter(i => curveState.sets.has(i) && sets[i].curves[metric]);
  const shownProjections = data.projections.filter(projection => curveState.projections.has(projection));
  const place = byId("curve-chart");
  const lost = sets.filter(set => !set.curves[metric]).map(set => set.label);
  byId("curve-caption").textContent = (shownSets.length === 0 || shownProjections.length === 0 ? "Nothing is ticked: choose a set and a projection above. " : "Mean over examples at each layer. ")
    + (curveState.bands && curveState.view === "lines" ? "Bands: 95\u00a0% bootstrap intervals. " : "") + (lost.length ? `Without this metric: ${lost.join(", ")}.` : "");
  if (shownSets.length === 0 || shownProjections.length === 0) return show(place, { title: [], series: [] }, 120);
  if (curveState.view === "heat map") {
    const panels = shownSets.map(i => ({ title: sets[i].label, rows: shownProjections, columns: data.layers.map(String), values: shownProjections.map(projection => sets[i].curves[metric][projection].mean) }));
    return heatPanels(place, panels, { xName: "Layer", yName: "Projection", quantity: yName, log: curveState.log });
  }
  const line = (i, projection, name, colour, dashed) => {
    const curve = sets[i].curves[metric][projection];
    return { name, x: data.layers, mean: curve.mean, low: curve.low, high: curve.high, colour, dashed };
  };
  const panels = curveState.panels === "sets"
    ? panelsOfSets(shownSets, shownProjections, line)
    : shownProjections.map(projection => ({ title: projection, lines: shownSets.map(i => ({ ...line(i, projection, sets[i].label, colourOf(i), sets[i].against), label: "" })) }));
  linePanels(place, panels, { xName: "Layer", yName, log: curveState.log, shared: curveState.shared, bands: curveState.bands });
}

/** A panel a set; what a set is compared against is dashed in the same panel where there is one for each set, else in a panel of its own. */
function panelsOfSets(shownSets, shownProjections, line) {
  const lines = (i, dashed) => shownProjections.map(projection => line(i, projection, dashed ? `${projection}, ${sets[i].label}` : projection, colourOf(data.projections.indexOf(projection)), dashed)).map(line => ({ ...line, inKey: !dashed }));
  const partners = new Map(shownSets.map(i => [i, sets[i].partner]).filter(([, partner]) => partner !== null && partner !== undefined && shownSets.includes(partner)));
  const overlaid = new Set(partners.values());
  return shownSets.filter(i => !overlaid.has(i)).map(i => ({
    title: sets[i].label, note: partners.has(i) ? `dashed: ${sets[partners.get(i)].label}` : "",
    lines: [...lines(i, false), ...(partners.has(i) ? lines(partners.get(i), true) : [])],
  }));
}

function axisName(metric) {
  const { title, unit } = metricOf.get(metric);
  const capital = /^[a-z]/.test(title) ? title[0].toUpperCase() + title.slice(1) : title;
  return unit ? `${capital} (${unit})` : capital;
}

function fillCurveSwitches() {
  const redraw = () => drawCurves();
  byId("curve-switches").replaceChildren(
    choice("Show", "curve-view", [["lines", "lines"], ["heat map", "heat map"]], curveState.view, value => { curveState.view = value; redraw(); }),
    choice("A panel a", "curve-panels", [["sets", "set"], ["projections", "projection"]], curveState.panels, value => { curveState.panels = value; fillCurveSwitches(); redraw(); }),
    boxes("Sets", "curve-set", sets.map((set, i) => ({ key: i, text: set.label, colour: curveState.panels === "projections" ? colourOf(i) : null, dashed: set.against })), curveState.sets, redraw),
    boxes("Projections", "curve-projection", data.projections.map((projection, i) => ({ key: projection, text: projection, colour: curveState.panels === "sets" ? colourOf(i) : null })), curveState.projections, redraw),
    box("Bands", "curve-bands", curveState.bands, value => { curveState.bands = value; redraw(); }),
    box("Log scale", "curve-log", curveState.log, value => { curveState.log = value; redraw(); }),
    box("Shared axes", "curve-shared", curveState.shared, value => { curveState.shared = value; redraw(); }));
}
