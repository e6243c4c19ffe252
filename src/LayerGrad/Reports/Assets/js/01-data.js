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

/** The recipe of a metric that is made from others, or undefined. */
const recipeOf = name => data.metrics.find(metric => metric.name === name && metric.first);

/** A number of each example: its loss or its response tokens; undefined for the name of a metric. */
const perExample = (set, name) => ({ loss: sets[set].explorer.loss, response_tokens: sets[set].explorer.tokens })[name];

/** A metric of a set: one number for each example, projection and layer, in that order; some are made from others. */
function valuesOf(set, name) {
  const explorer = sets[set].explorer;
  if (explorer.values[name]) return floatsOf(explorer.values[name]);
  return once(`${name} ${set}`, async () => {
    const recipe = recipeOf(name);
    const first = await valuesOf(set, recipe.first);
    const factor = await termOf(set, recipe.factor), divisor = await termOf(set, recipe.divisor);
    return first.map((value, i) => {
      const by = divisor(i);
      return by === 0 ? NaN : value * factor(i) / by;
    });
  });
}

/** What a recipe multiplies or divides by, at each place of a set's values; 1 where it names nothing. */
async function termOf(set, name) {
  if (!name) return () => 1;
  const count = data.projections.length * data.layers.length, numbers = perExample(set, name);
  if (numbers) return i => numbers[Math.floor(i / count)] ?? NaN;
  const values = await valuesOf(set, name);
  return i => values[i];
}

/** Whether a set's examples have a metric, or what it is made from. */
function hasValues(set, name) {
  if (!name || name in sets[set].explorer.values) return true;
  const recipe = recipeOf(name), numbers = perExample(set, name);
  if (numbers) return numbers.some(number => number !== null);
  return recipe !== undefined && [recipe.first, recipe.factor, recipe.divisor].every(term => hasValues(set, term));
}

/** Where in a set's values an example's projection begins; its layers follow. */
const placeOf = (example, projection) => (example * data.projections.length + projection) * data.layers.length;
