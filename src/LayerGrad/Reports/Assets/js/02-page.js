// Small helpers: elements, numbers, messages. Text from datasets reaches the page through textContent alone.

/** An element: element("p", {class: "about", onclick: f}, "text", child, …). */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

const byId = id => document.getElementById(id);

/** A number in at most four significant digits. */
function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2).replace(/\.?0+e/, "e");
  return text.replace("-", "−");
}

/** A number with its interval as text, from [value, low, high]. */
const withInterval = estimate => !estimate || estimate[0] === null ? "–" : estimate[1] === null ? short(estimate[0]) : `${short(estimate[0])} [${short(estimate[1])}, ${short(estimate[2])}]`;

/** Layers as the run names them. */
const layerName = at => String(data.layers[at]);

/** A message that comes and goes, and is read aloud. */
function say(text) {
  const status = byId("status");
  status.textContent = text;
  status.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => status.classList.remove("shown"), 2500);
}

/** Puts text on the clipboard, also where the page was opened from disk and the browser has no clipboard for it. */
async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", { style: "position:fixed;left:-100rem" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) return say("The browser did not allow copying");
  }
  say(`${what} copied`);
}

/** A choice: a labelled select that calls back with the value chosen. */
function choice(label, id, options, value, onchange) {
  const select = element("select", { id, onchange: () => onchange(select.value) },
    ...options.map(([key, text]) => element("option", { value: key, selected: key === value }, text)));
  return element("label", {}, `${label} `, select);
}

/** A group of boxes to tick, each with the colour of what it stands for; calls back with the set of ticked keys. */
function boxes(label, name, options, ticked, onchange) {
  return element("fieldset", {}, element("legend", {}, label), ...options.map(({ key, text, colour, dashed }) => {
    const box = element("input", {
      type: "checkbox", name, value: key, checked: ticked.has(key),
      onchange: () => { box.checked ? ticked.add(key) : ticked.delete(key); onchange(ticked); },
    });
    const swatch = colour ? element("span", { class: dashed ? "swatch dashed" : "swatch", style: `border-color:${colour}`, "aria-hidden": "true" }) : null;
    return element("label", {}, box, swatch, text);
  }));
}

/** A single box to tick. */
function box(label, id, checked, onchange) {
  const input = element("input", { type: "checkbox", id, checked, onchange: () => onchange(input.checked) });
  return element("label", {}, input, label);
}
