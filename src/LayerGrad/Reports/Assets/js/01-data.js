// The report's data: what the page carries as JSON, and the packed columns that are unpacked when first asked for.

const data = JSON.parse(document.getElementById("data").textContent);
const sets = data.sets;
const metricOf = new Map(data.metrics.map(metric => [metric.name, metric]));

/** The bytes of a packed chunk: base64 of a raw deflate stream (RFC 1951). */
async function bytesOf(id) {
  if (typeof DecompressionStream === "undefined") throw new Error("this browser cannot unpack the examples; use one from 2023 or later");
  const text = atob(document.getElementById(id).textContent);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const unpacked = new Map();

/** A promise kept for every later caller. */
function once(key, make) {
  if (!unpacked.has(key)) unpacked.set(key, make());
  return unpacked.get(key);
}

/** Numbers of 24 bits each: the upper three bytes of a float32, first all highest bytes, then all middle ones, then all lowest. */
function floatsOf(id) {
  return once(id, async () => {
    const bytes = await bytesOf(id);
    const count = bytes.length / 3;
    const bits = new Uint32Array(count);
    for (let i = 0; i < count; i++) bits[i] = (bytes[i] << 24) | (bytes[count + i] << 16) | (bytes[2 * count + i] << 8);
    return new Float32Array(bits.buffer);
  });
}

/** The texts of a set's examples: [{instruction, output}]. */
const textsOf = set => once(`texts ${set}`, async () => JSON.parse(new TextDecoder().decode(await bytesOf(sets[set].explorer.texts))));

/** A metric of a set: one number for each example, projection and layer, in that order; some are made from others. */
function valuesOf(set, name) {
  const explorer = sets[set].explorer;
  if (explorer.values[name]) return floatsOf(explorer.values[name]);
  return once(`${name} ${set}`, async () => {
    if (name === "S_ratio") {
      const [largest, sum] = await Promise.all([valuesOf(set, "S_max"), valuesOf(set, "S_sum")]);
      return largest.map((value, i) => sum[i] === 0 ? NaN : value / sum[i]);
    }
    const perExample = data.projections.length * data.layers.length;
    const sum = await valuesOf(set, "S_sum");
    return sum.map((value, i) => value / explorer.loss[Math.floor(i / perExample)]);
  });
}

/** Whether a set's examples have a metric, or what it is made from. */
function hasValues(set, name) {
  const values = sets[set].explorer.values;
  return name in values || (name === "S_ratio" && "S_max" in values && "S_sum" in values) || (name === "S_sum_regularized" && "S_sum" in values);
}

/** Where in a set's values an example's projection begins; its layers follow. */
const placeOf = (example, projection) => (example * data.projections.length + projection) * data.layers.length;
