// Tables that sort, copy as CSV or LaTeX, and are saved as CSV.

/**
 * A table. columns: [{name, key, number, interval}], where an interval's cells are [value, low, high]; rows: objects.
 * It sorts by a click on a heading; copies are of what is shown, in its order. The first column names the row; on a narrow
 * screen it stays in sight, and so does the second where it is text.
 */
function sortableTable(id, title, about, columns, rows) {
  const body = element("tbody");
  const classOf = (column, at) => column.number || column.interval ? "number" : column.wide ? "wide" : at < 2 ? "name" : null;
  let order = null, falling = false;
  const cell = (row, column, at) => {
    const value = row[column.key];
    if (at === 0) return element("th", { scope: "row", class: "name" }, String(value ?? "–"));
    if (column.interval) {
      if (!value || value[0] === null) return element("td", { class: "number" }, "–");
      return element("td", { class: "number" }, short(value[0]), value[1] === null ? null : element("span", { class: "interval" }, ` [${short(value[1])}, ${short(value[2])}]`));
    }
    return element("td", { class: classOf(column, at) }, column.number ? short(value) : String(value ?? "–"));
  };
  const sortValue = row => { const value = row[order.key]; return order.interval ? value?.[0] ?? null : value; };
  const sorted = () => order === null ? rows : [...rows].sort((a, b) => compare(sortValue(a), sortValue(b)) * (falling ? -1 : 1));
  const fill = () => body.replaceChildren(...sorted().map(row => element("tr", {}, ...columns.map((column, at) => cell(row, column, at)))));
  const heads = columns.map((column, at) => element("th", { scope: "col", class: classOf(column, at) },
    element("button", { type: "button", onclick: () => {
      falling = order === column ? !falling : Boolean(column.number || column.interval);
      order = column;
      heads.forEach((head, i) => head.setAttribute("aria-sort", columns[i] !== order ? "none" : falling ? "descending" : "ascending"));
      fill();
    } }, column.name)));
  fill();
  const button = (text, act) => element("button", { type: "button", "aria-label": `${text}: ${title}`, onclick: act }, text);
  return element("div", { id, class: "table" },
    element("div", { class: "table-head" }, element("h3", {}, title), element("span", { class: "save" },
      button("Copy CSV", () => copy(asCsv(columns, sorted()), "CSV")), button("Copy LaTeX", () => copy(asLatex(columns, sorted()), "LaTeX")),
      button("Save CSV", () => save(asCsv(columns, sorted()), "text/csv;charset=utf-8", `${fileName(title)}.csv`)))),
    about ? element("p", { class: "about" }, about) : null,
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body)));
}

/** Missing values last, whichever way the others go. */
function compare(a, b) {
  const missing = value => value === null || value === undefined || Number.isNaN(value);
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}

/** Columns as they are written out: an interval becomes three. */
const plainColumns = columns => columns.flatMap(column => column.interval
  ? [[column.name, row => row[column.key]?.[0]], [`${column.name} low`, row => row[column.key]?.[1]], [`${column.name} high`, row => row[column.key]?.[2]]]
  : [[column.name, row => row[column.key]]]);

function asCsv(columns, rows) {
  const quote = value => {
    const text = value === null || value === undefined ? "" : String(value);
    // Spreadsheets run what begins like a formula; a quote in front makes it text.
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll("\"", "\"\"")}"` : safe;
  };
  const plain = plainColumns(columns);
  return [plain.map(([name]) => name), ...rows.map(row => plain.map(([, value]) => value(row)))].map(line => line.map(quote).join(",")).join("\n") + "\n";
}

function asLatex(columns, rows) {
  const special = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "σ": "$\\sigma$", "₁": "$_1$", "–": "--", "−": "$-$" };
  const escape = text => String(text ?? "--").replace(/[\\~^σ₁–−&%$#_{}]/g, c => special[c] ?? `\\${c}`);
  const shownNumber = value => value === null || value === undefined || Number.isNaN(value) ? "--" : `$${Number(value.toPrecision(4))}$`;
  const interval = value => !value || value[0] === null ? "--" : value[1] === null ? shownNumber(value[0]) : `${shownNumber(value[0])} {\\scriptsize[${shownNumber(value[1])}, ${shownNumber(value[2])}]}`;
  const cell = (row, column) => column.interval ? interval(row[column.key]) : column.number ? shownNumber(row[column.key]) : escape(row[column.key]);
  const line = cells => `${cells.join(" & ")} \\\\`;
  return [
    `\\begin{tabular}{${columns.map(column => column.number || column.interval ? "r" : "l").join("")}}`, "\\toprule",
    line(columns.map(column => escape(column.name))), "\\midrule", ...rows.map(row => line(columns.map(column => cell(row, column)))), "\\bottomrule", "\\end{tabular}", "",
  ].join("\n");
}
