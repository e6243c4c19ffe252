// Puts the page together, and keeps it in step with the metric, the theme and the room.

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  showTheme();
  fillCurveSwitches();
  if (!byId("examples").hidden) fillList();
  redrawAll();
}

function showTheme() {
  byId("theme").textContent = isDark() ? "Light" : "Dark";
  byId("theme").setAttribute("aria-label", `${isDark() ? "Light" : "Dark"} colours`);
}

function fillMetrics() {
  const metric = byId("metric");
  metric.replaceChildren(...data.metrics.filter(each => sets.some(set => set.curves[each.name])).map(each => element("option", { value: each.name }, each.title)));
  metric.value = data.metric;
  metric.addEventListener("change", () => {
    fillTables(metric.value);
    drawCurves();
    drawExampleCurves();
  });
}

function start() {
  showTheme();
  fillMetrics();
  fillSummary();
  fillFindings();
  fillMeasured();
  fillTables(data.metric);
  fillCurveSwitches();
  onRedraw(drawCurves);
  fillSteps();
  fillNoise();
  fillAgreement();
  const hasExamples = sets.some(set => set.explorer.index.length > 0);
  byId("examples").hidden = !hasExamples;
  if (hasExamples) fillExplorerSwitches();
  const failed = error => { byId("example-caption").textContent = `The examples cannot be shown: ${error.message}.`; };
  const explorerReady = hasExamples && refreshExplorer().then(() => { redraws.push(drawScatter, drawExampleCurves, () => exampleMap()); }, failed);
  const kernelReady = fillKernel();
  fillSections();
  byId("theme").addEventListener("click", () => setTheme(!isDark()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { showTheme(); redrawAll(); });
  let width = innerWidth, timer;
  addEventListener("resize", () => {
    if (innerWidth === width || isPrinting()) return; // a phone's address bar comes and goes
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(redrawAll, 100);
  });
  addEventListener("beforeprint", () => layOutForPrint(true));
  addEventListener("afterprint", () => layOutForPrint(false));
  Promise.all([explorerReady, kernelReady]).then(() => { document.documentElement.dataset.ready = "true"; });
}

start();
