// Matrices as cells of colour, with their axes and a colour bar, as one drawing.

const rgbOf = colour => [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
const viridisChannels = viridis.map(rgbOf);
const noNumber = [128, 128, 128];

function between(scale, share) {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = Math.min(scale.length - 2, Math.floor(place));
  return scale[below].map((channel, i) => Math.round(channel + (scale[below + 1][i] - channel) * (place - below)));
}

/** Blue below zero, white at zero, orange above. */
function signedChannels(share) {
  const depth = Math.min(1, Math.abs(share)) ** 0.6;
  return (share < 0 ? [86, 160, 220] : [240, 140, 40]).map(channel => Math.round(255 + (channel - 255) * depth));
}

const css = channels => `rgb(${channels.join(",")})`;
const signedColour = share => css(signedChannels(share));

/** The colours of numbers from low to high: two scales that meet at zero where there are negative ones, otherwise one from dark to light. */
function colourScale(low, high) {
  const largest = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const channels = value => !Number.isFinite(value) ? noNumber : low < 0 ? signedChannels(value / largest) : between(viridisChannels, (value - low) / (high - low || 1));
  return { channels, stops: Array.from({ length: 33 }, (_, i) => css(channels(low + (high - low) * i / 32))) };
}

/** Cells as a picture in which each is so many whole pixels wide and high that no viewer blurs it. */
function pictureOf(columns, rows, width, height, channelsAt) {
  const across = Math.max(1, Math.ceil(Math.min(2 * width, 2048) / columns)), down = Math.max(1, Math.ceil(Math.min(2 * height, 2048) / rows));
  const canvas = element("canvas", { width: columns * across, height: rows * down });
  const context = canvas.getContext("2d");
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      context.fillStyle = css(channelsAt(row, column));
      context.fillRect(column * across, row * down, across, down);
    }
  }
  return canvas.toDataURL("image/png");
}

const caption = (x, y, text, { anchor = "middle", faint = false, turned = false } = {}) => drawn("text", {
  x, y, "text-anchor": anchor, "font-size": faint ? 11 : 12, fill: style(faint ? "--faint" : "--ink"), ...(turned ? { transform: `rotate(-90 ${x} ${y})` } : {}),
}, text);

/** Every so-many-th name, as many as have room. */
function spacedNames(names, length, each) {
  const step = Math.max(1, Math.ceil(names.length / Math.max(2, Math.floor(length / each))));
  return names.map((name, i) => [name, (i + 0.5) * length / names.length]).filter((_, i) => i % step === 0);
}

/**
 * A drawing of cells. rows, columns: their names; width, height: of the cells together; channelsAt(row, column);
 * bar: {stops, low, middle, high, title}, what the colours mean. id: of the picture of the cells.
 */
function cellsFigure(id, label, { rows, columns, width, height, xName, yName, channelsAt, bar }) {
  const longest = names => names.reduce((most, name) => Math.max(most, textWidth(name, 11)), 0);
  const left = 24 + longest(rows) + 6, top = 6, right = 12 + longest(columns) / 2, below = top + height;
  const total = Math.max(left + width + right, left + 200), barTop = below + 62, barWidth = Math.min(width, 260);
  const picture = drawn("image", { id, x: left, y: top, width, height, preserveAspectRatio: "none", style: "image-rendering:pixelated", href: pictureOf(columns.length, rows.length, width, height, channelsAt) });
  const gradient = drawn("linearGradient", { id: `${id}-colours` }, ...bar.stops.map((colour, i) => drawn("stop", { offset: i / (bar.stops.length - 1), "stop-color": colour })));
  const edge = { fill: "none", stroke: style("--faint"), "stroke-width": 0.75 };
  return drawn("svg", { class: "cells", width: total, height: barTop + 30, viewBox: `0 0 ${total} ${barTop + 30}`, role: "img", "aria-label": label },
    drawn("defs", {}, gradient), picture,
    drawn("rect", { x: left, y: top, width, height, ...edge }),
    ...spacedNames(rows, height, 18).map(([name, at]) => caption(left - 6, top + at + 4, name, { anchor: "end", faint: true })),
    ...spacedNames(columns, width, longest(columns) + 14).map(([name, at]) => caption(left + at, below + 15, name, { faint: true })),
    caption(left + width / 2, below + 32, xName), caption(14, top + height / 2, yName, { turned: true }),
    caption(left, barTop - 6, bar.title, { anchor: "start" }),
    drawn("rect", { class: "bar", x: left, y: barTop, width: barWidth, height: 11, fill: `url(#${id}-colours)`, stroke: edge.stroke, "stroke-width": edge["stroke-width"] }),
    caption(left, barTop + 25, bar.low, { anchor: "start", faint: true }), caption(left + barWidth, barTop + 25, bar.high, { anchor: "end", faint: true }),
    ...(bar.middle ? [caption(left + barWidth * bar.middle[0], barTop + 25, bar.middle[1], { faint: true })] : []));
}
