// The parts that say what was measured and what was found.

function fillSummary() {
  const main = sets.filter(set => !set.against);
  const models = [...new Set(sets.map(set => set.model).filter(Boolean))];
  byId("summary").textContent = `${main.map(set => `${set.label} (${set.examples} examples)`).join(", ")}`
    + `${models.length ? `, measured on ${models.join(" and ")}` : ""}: statistics of the loss gradient of ${data.projections.length} projections in each of ${data.layers.length} layers`
    + `${data.step === null ? "." : `, at training step ${data.step}.`}`;
}

function fillSections() {
  const links = [...document.querySelectorAll("main > section:not([hidden])")].map(section =>
    element("li", {}, element("a", { href: `#${section.id}` }, section.querySelector("h2").textContent)));
  byId("sections").replaceChildren(element("ul", {}, ...links));
}

const verdicts = { holds: ["✓ holds", "holds"], does_not_hold: ["✗ does not hold", "fails"], undecided: ["? undecided", "undecided"] };

function fillFindings() {
  byId("finding-list").replaceChildren(...data.findings.map(finding => {
    const [text, kind] = verdicts[finding.verdict];
    return element("li", { class: kind },
      element("div", { class: "verdict" }, text),
      element("h3", {}, finding.claim),
      element("p", {}, `${finding.sets.join(", ")}: ${finding.measure}: ${withInterval(finding.number)}.`),
      finding.remark ? element("p", {}, `Note: ${finding.remark}.`) : null,
      element("p", {}, `Source: ${finding.source}`));
  }));
  if (data.findings.length === 0)
    byId("finding-list").replaceChildren(element("li", {}, element("p", {}, "These runs decide none of the papers' claims: give runs of None, Simplified and Detailed answers, or matched runs with --against.")));
  byId("notes").replaceChildren(...data.notes.map(note => element("li", {}, note)));
}

function facts(entries) {
  return element("dl", { class: "facts" }, ...entries.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
}

function fillMeasured() {
  byId("measured-list").replaceChildren(
    element("div", { class: "sets" }, ...sets.map(set => element("div", {},
      element("h3", {}, set.label),
      facts([
        ["Run", set.path], ["Model", set.model], ["Model's hash", set.modelHash], ["Data", set.data], ["Data's hash", set.dataHash],
        ["Protocol", set.protocol], ["Options", set.options], ["LayerGrad", set.version], ["Device", set.device],
        ["Examples", set.examples], ["Skipped", set.skipped || null], ["Unreadable lines", set.badLines || null],
        ["Mean loss", `${withInterval(set.loss)} nats a token`], ["Response tokens", set.responseTokens[0] === null ? null : withInterval(set.responseTokens)],
      ]),
      set.skippedBy.length ? element("ul", { class: "notes" }, ...set.skippedBy.map(reason => element("li", {}, `${reason.count} skipped: ${reason.reason} (first: example ${reason.first})`))) : null))),
    element("p", { class: "about" }, `Numbers in brackets are 95 % intervals from ${data.bootstrap} bootstrap resamples of the examples (seed ${data.seed}).`));
}

/** The gradient noise scale of the sets that were measured with --noise. */
function fillNoise() {
  if (data.noises.length === 0) return;
  byId("noise").hidden = false;
  byId("noise-table").replaceChildren(sortableTable("table-noise", "Gradient noise scale by projection", "Of all weights together, and of each projection over all layers.",
    [{ name: "Set", key: "set" }, { name: "Weights", key: "weights" }, { name: "Examples", key: "examples", number: true }, { name: "‖g‖²", key: "norm", interval: true },
      { name: "tr Σ", key: "trace", interval: true }, { name: "Noise scale (examples)", key: "scale" }],
    data.noises.flatMap(set => set.rows.map(row => ({ set: set.label, examples: set.examples, ...row })))));
  const panels = data.noises.map((set, i) => [set, i]).filter(([set]) => set.mean.some(value => value !== null));
  const none = data.noises.filter(set => set.mean.every(value => value === null)).map(set => set.label);
  byId("noise-caption").textContent = none.length ? `Not resolved in any single layer: ${none.join(", ")}. More examples would tell.` : "";
  byId("noise-chart").hidden = panels.length === 0;
  if (panels.length === 0) return;
  onRedraw(() => linePanels(byId("noise-chart"), panels.map(([set, i]) => ({
    title: set.label, lines: [{ name: "B", x: set.layers, mean: set.mean, low: set.low, high: set.high, colour: colourOf(i), dashed: false, label: "" }],
  })), { xName: "Layer", yName: "Noise scale (examples)" }));
}

/** How the mean gradients of the sets of a kernel agree. */
function fillAgreement() {
  if (!data.agreement) return;
  const { sets: names, examples, map, rows, layers, pairs, notes } = data.agreement;
  byId("agreement").hidden = false;
  byId("agreement-table").replaceChildren(
    sortableTable("table-agreement-map", "Sets against sets", "Cosine of mean gradients over all weights; on the diagonal what two samples of that size of one set come to.",
      [{ name: "Set", key: "set" }, { name: "Examples", key: "examples", number: true }, ...names.map((name, i) => ({ name, key: `with${i}`, number: true }))],
      names.map((set, i) => ({ set, examples: examples[i], ...Object.fromEntries(map[i].map((value, j) => [`with${j}`, value])) }))),
    sortableTable("table-agreement", "Pairs of sets", "Corrected: with unbiased estimates of the squared norms. Positive: the share of the first set's examples that go along with the second's mean gradient, and the other way round.",
      [{ name: "Sets", key: "pair" }, { name: "Weights", key: "weights" }, { name: "Cosine", key: "cosine", interval: true }, { name: "Corrected", key: "corrected" },
        { name: "Positive", key: "first", interval: true }, { name: "Positive, reversed", key: "second", interval: true }], rows),
    element("ul", { class: "notes" }, ...notes.map(note => element("li", {}, note))));
  if (layers.length > 0) {
    onRedraw(() => linePanels(byId("agreement-chart"), pairs.map((pair, i) => ({
      title: pair.pair, lines: [{ name: "cosine", x: layers, mean: pair.mean, low: pair.low, high: pair.high, colour: colourOf(i), dashed: false, label: "" }],
    })), { xName: "Layer", yName: "Cosine of mean gradients" }));
  }
}

/** The tables for a metric. */
function fillTables(metric) {
  const title = metricOf.get(metric).title;
  const made = [];
  const curves = sets.flatMap(set => data.projections.map(projection => [set, projection, set.curves[metric]?.[projection]])).filter(([, , curve]) => curve);
  made.push(sortableTable("table-levels", `Levels and differences between layers: ${title}`,
    "Level: mean over the layers. MAD: mean absolute difference between neighbouring layers, over the early, middle and late layers and over all.",
    [{ name: "Set", key: "set" }, { name: "Projection", key: "projection" }, { name: "Examples", key: "examples", number: true }, { name: "Level", key: "level", interval: true },
      { name: "MAD early", key: "early", interval: true }, { name: "MAD middle", key: "middle", interval: true }, { name: "MAD late", key: "late", interval: true }, { name: "MAD all", key: "all", interval: true }],
    curves.map(([set, projection, curve]) => ({ set: set.label, projection, examples: curve.examples, level: curve.level, ...curve.mad }))));
  const differences = data.differences.filter(row => row.metric === metric);
  if (differences.length)
    made.push(sortableTable("table-differences", `Relative difference: ${title}`, "Mean over the layers of |a − b| / |a|. By chance: what it would come to in 95 of 100 cases if the answers were dealt to the two runs at random.",
      [{ name: "Set", key: "set" }, { name: "Against", key: "against" }, { name: "Projection", key: "projection" }, { name: "RD", key: "difference", interval: true },
        { name: "By chance", key: "chance", number: true }, { name: "Largest in layers", key: "layers" }],
      differences.map(row => ({ ...row, layers: row.top.join(", ") }))));
  const separations = data.separations.filter(row => row.metric === metric);
  if (separations.length)
    made.push(sortableTable("table-separation", `Telling the answers apart: ${title}`,
      "Area under the curve (AUC): the probability that an irrelevant answer has the larger value; 0.5 says nothing. On other examples: the best layer's AUC on examples that had no part in choosing it.",
      [{ name: "Set", key: "set" }, { name: "Against", key: "against" }, { name: "Pairs", key: "pairs", number: true }, { name: "Same output", key: "identical", number: true },
        { name: "Best", key: "best" }, { name: "AUC", key: "area", interval: true }, { name: "On other examples", key: "honest", interval: true }, { name: "AUC of the loss", key: "loss", interval: true }],
      separations.map(row => ({ ...row, best: `${row.projection}, layer ${row.layer}` }))));
  const lengths = data.lengths.filter(row => row.metric === metric);
  if (lengths.length)
    made.push(sortableTable("table-lengths", `At equal response length: ${title}`, "Ratio of geometric means of the two sets: as it is, within strata of equal length, and with log length held equal by regression.",
      [{ name: "Set", key: "set" }, { name: "Reference", key: "reference" }, { name: "Projection", key: "projection" }, { name: "Raw ratio", key: "raw", interval: true },
        { name: "Matched", key: "matched", interval: true }, { name: "Regression", key: "regression", interval: true }, { name: "Warning", key: "warning", wide: true }],
      lengths));
  byId("table-list").replaceChildren(...made);
}
