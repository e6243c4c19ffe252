// Figures as files: what stands on the page, in light colours on white, as SVG or as PNG. Nothing of it needs the network.

const namespace = "http://www.w3.org/2000/svg";

/** An SVG element: drawn("rect", {x: 1}, child, …). */
function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Offers what was made as a file. */
function save(content, type, name) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`${name} saved`);
}

const fileName = (...parts) => parts.join(" ").normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "figure";

/** The buttons that save a figure; nameOf says what it shows at the moment. */
function savers(place, title, nameOf) {
  const button = (kind, act) => element("button", { type: "button", "aria-label": `Save ${kind}: ${title}`, onclick: () => act().catch(error => say(`It could not be saved: ${error.message}`)) }, `Save ${kind}`);
  return element("div", { class: "save" },
    button("SVG", async () => save(await svgOf(place, title), "image/svg+xml", `${fileName(nameOf())}.svg`)),
    button("PNG", async () => save(await pngOf(await svgOf(place, title)), "image/png", `${fileName(nameOf())}.png`)));
}

/** The drawing in a place as a file of its own. */
async function svgOf(place, title) {
  const dark = isDark();
  if (dark) await drawOnPaper(true);
  try {
    const shown = place.querySelector("svg"), box = shown.viewBox.baseVal;
    const width = box?.width || Number(shown.getAttribute("width")), height = box?.height || Number(shown.getAttribute("height"));
    const copy = shown.cloneNode(true);
    for (const name of [...copy.attributes].map(attribute => attribute.name).filter(name => !name.startsWith("xmlns"))) copy.removeAttribute(name);
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}`, "font-family": getComputedStyle(document.body).fontFamily })) copy.setAttribute(name, value);
    copy.querySelectorAll(".passing").forEach(mark => mark.remove());
    copy.prepend(drawn("title", {}, title), drawn("rect", { width, height, fill: "#ffffff" }));
    return new XMLSerializer().serializeToString(copy);
  } finally {
    if (dark) await drawOnPaper(false);
  }
}

/** The same as pixels, three for one of the page's. */
async function pngOf(svg) {
  const scale = 3;
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = element("canvas", { width: Math.round(scale * picture.width), height: Math.round(scale * picture.height) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob(blob => blob ? done(blob) : failed(new Error("the browser made no picture")), "image/png"));
}
