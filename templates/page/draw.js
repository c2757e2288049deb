// Panels, each kind drawn so that it is recognised.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text != null) made.textContent = text;
  return made;
}

const last = (series) => series.points.findLast((value) => value != null) ?? 0;
const tint = (text) => getComputedStyle(document.documentElement).getPropertyValue(text).trim();
const say = (panel, value) => withUnit(value, defaults(panel).unit, defaults(panel).decimals);

// Words have no room at an axis.
function onAxis(panel, value) {
  const unit = defaults(panel).unit;
  return /^(suffix|prefix):/.test(unit) ? withUnit(value) : withUnit(value, ["reqps", "ops"].includes(unit) ? undefined : unit);
}

function seriesColor(panel, series, index) {
  const override = (panel.fieldConfig?.overrides ?? []).find((one) => one.matcher?.options === series.name || one.matcher?.options === series.target.refId);
  const fixed = override?.properties?.find((one) => one.id === "color")?.value?.fixedColor;
  return fixed ? color(fixed) : PALETTE[index % PALETTE.length];
}

function timeseries(panel, all, body, size) {
  const custom = defaults(panel).custom ?? {};
  const time = all[0]?.points.map((_, at) => (all[0].start ?? 1700000000) + at * 60) ?? [];
  const mode = custom.thresholdsStyle?.mode ?? "off";
  const bars = custom.drawStyle === "bars" || panel.type === "barchart";
  const stacked = custom.stacking?.mode && custom.stacking.mode !== "none";
  const sums = [];
  const data = all.map((series) => series.points.map((value, at) => {
    if (!stacked) return value;
    sums[at] = (sums[at] ?? 0) + value;
    return sums[at];
  }));
  const order = stacked ? [...all.keys()].reverse() : [...all.keys()];
  const thresholds = (u) => {
    if (mode === "off") return;
    for (const step of steps(panel).filter((step) => step.value != null)) {
      const y = u.valToPos(step.value, "y", true);
      u.ctx.save();
      u.ctx.strokeStyle = color(step.color);
      u.ctx.lineWidth = 2 * devicePixelRatio;
      if (mode.includes("dash")) u.ctx.setLineDash([8, 6]);
      if (mode.includes("line") || mode.includes("dash")) {
        u.ctx.beginPath(); u.ctx.moveTo(u.bbox.left, y); u.ctx.lineTo(u.bbox.left + u.bbox.width, y); u.ctx.stroke();
      }
      if (mode.includes("area")) {
        u.ctx.globalAlpha = 0.12; u.ctx.fillStyle = color(step.color);
        u.ctx.fillRect(u.bbox.left, u.bbox.top, u.bbox.width, Math.max(0, y - u.bbox.top));
      }
      u.ctx.restore();
    }
  };
  const bounds = mode === "off" ? [] : steps(panel).map((step) => step.value).filter((value) => value != null);
  const grid = { stroke: tint("--line"), width: 1 };
  const axis = { stroke: tint("--soft"), grid, ticks: grid, font: "11px system-ui" };
  const chart = element("div", { class: "chart" });
  body.append(chart);
  new uPlot({
    width: Math.max(60, size.width), height: Math.max(40, size.height), cursor: { show: false }, legend: { show: false }, padding: [6, 8, 0, 0],
    scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low), Math.max(high, ...bounds) * 1.08 || 1] } },
    axes: [{ ...axis, size: 24, space: 68 }, { ...axis, size: 54, values: (_, ticks) => ticks.map((tick) => onAxis(panel, tick)) }],
    series: [{}, ...order.map((at) => {
      const stroke = seriesColor(panel, all[at], at);
      const fill = Math.round((custom.fillOpacity ?? 0) * 2.55).toString(16).padStart(2, "0");
      return {
        stroke, width: bars ? 0.5 : custom.lineWidth ?? 1, points: { show: custom.drawStyle === "points" },
        fill: bars ? stroke : /^#[0-9a-f]{6}$/i.test(stroke) ? stroke + fill : undefined,
        paths: bars ? uPlot.paths.bars({ size: [0.6] }) : custom.lineInterpolation === "smooth" ? uPlot.paths.spline() : undefined,
      };
    })],
    hooks: { draw: [thresholds] },
  }, [time, ...order.map((at) => data[at])], chart);
}

function stat(panel, all, body) {
  const box = element("div", { class: "bars" });
  for (const series of all.slice(0, 3)) {
    const value = last(series);
    const shown = element("div", { class: "stat", style: `color:${stepColor(panel, value)};display:block;text-align:center` }, say(panel, value));
    if (panel.options?.colorMode === "background") shown.setAttribute("style", `background:${stepColor(panel, value)};color:#14171b;display:block;text-align:center`);
    box.append(shown);
  }
  body.append(box);
}

function gauge(panel, all, body) {
  const value = all.length ? last(all[0]) : 0;
  const bounds = steps(panel).map((step) => step.value).filter((bound) => bound != null);
  const low = defaults(panel).min ?? 0;
  // A dial to 100 % would hide what happens at 5 %, but it is what Grafana draws.
  const high = defaults(panel).max ?? Math.max(...bounds, value, 1) * 1.2;
  const at = (number) => Math.PI * (1 - Math.min(1, Math.max(0, (number - low) / (high - low || 1))));
  const arc = (from, to, radius, stroke, width) => {
    const point = (angle) => `${100 + radius * Math.cos(angle)} ${100 - radius * Math.sin(angle)}`;
    return shape("path", { d: `M ${point(at(from))} A ${radius} ${radius} 0 0 1 ${point(at(to))}`, fill: "none", stroke, "stroke-width": width });
  };
  const svg = shape("svg", { viewBox: "0 0 200 118", "aria-hidden": "true" });
  svg.append(arc(low, high, 72, tint("--line"), 20), arc(low, Math.max(value, low + (high - low) * 0.01), 72, stepColor(panel, value), 20));
  const marks = steps(panel);
  marks.forEach((step, index) => svg.append(arc(step.value ?? low, marks[index + 1]?.value ?? high, 88, color(step.color), 5)));
  svg.append(shape("text", { x: 100, y: 104, "text-anchor": "middle", "font-size": Math.min(26, 250 / say(panel, value).length), "font-weight": 700, fill: tint("--text") }, say(panel, value)));
  body.append(svg);
}

function bargauge(panel, all, body) {
  const top = Math.max(...all.map(last), 0.0001);
  const box = element("div", { class: "bars" });
  for (const series of all) {
    const value = last(series);
    box.append(element("div", {}, element("span", {}, series.name), element("b", { style: `width:${(100 * value) / top}%;background:${stepColor(panel, value)}` }), element("span", {}, say(panel, value))));
  }
  body.append(box);
}

function table(panel, all, body) {
  const rename = panel.transformations?.find((one) => one.id === "organize")?.options?.renameByName ?? {};
  const labels = [...new Set(all.flatMap((series) => Object.keys(series.values)))];
  const value = Object.entries(rename).find(([field]) => field.startsWith("Value"))?.[1] ?? "Value";
  const head = element("tr", {}, ...[...labels.map((label) => rename[label] ?? label), value].map((name) => element("th", { scope: "col" }, name)));
  const rows = [...all].sort((one, other) => last(other) - last(one)).map((series) => element("tr", {},
    ...labels.map((label) => element("td", {}, series.values[label] ?? "")),
    element("td", {}, say(panel, last(series)))));
  body.append(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
}

function pie(panel, all, body) {
  const total = all.reduce((sum, series) => sum + last(series), 0) || 1;
  const svg = shape("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" });
  const hole = panel.options?.pieType === "donut" ? 14 : 0;
  const radius = 22 + hole / 2;
  let start = 0;
  all.forEach((series, index) => {
    const share = last(series) / total;
    const length = 2 * Math.PI * radius;
    svg.append(shape("circle", { cx: 50, cy: 50, r: radius, fill: "none", stroke: seriesColor(panel, series, index), "stroke-width": 44 - hole, "stroke-dasharray": `${share * length} ${length}`, "stroke-dashoffset": -start * length, transform: "rotate(-90 50 50)" }));
    start += share;
  });
  body.append(svg);
}

const isReal = (all) => all.some((series) => series.start);

const upTo = (series) => (/^\+?Inf$/i.test(series.values.le) ? Infinity : Number(series.values.le));

// What is in each bucket, from the lowest on: where it says so, they hold what is in those below too.
function bucketsOf(all) {
  const sorted = [...all].sort((one, other) => upTo(one) - upTo(other));
  return sorted.map(({ target, points }, row) => {
    const below = target.format === "heatmap" ? sorted[row - 1]?.points : undefined;
    return points.map((value, at) => (value == null ? null : value - (below?.[at] ?? 0)));
  });
}

function heatmap(panel, all, body) {
  const svg = shape("svg", { viewBox: "0 0 300 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const rows = isReal(all) ? bucketsOf(all) : Array.from({ length: 8 }, (_, y) => Array.from({ length: 30 }, (_, x) => (
    Math.exp(-(((y - 2 - 2 * Math.sin(x / 4)) / 2) ** 2)) * (0.6 + 0.4 * chance(`${panel.title}${x},${y}`)))));
  const most = Math.max(...rows.flat(), Number.MIN_VALUE);
  const height = 100 / rows.length;
  rows.forEach((row, y) => {
    const width = 300 / row.length;
    row.forEach((value, x) => svg.append(shape("rect", {
      x: x * width, y: 100 - (y + 1) * height, width: width * 0.94, height: height * 0.94, fill: "#FF780A", "fill-opacity": (Math.max(0, value) / most).toFixed(2),
    })));
  });
  body.append(svg);
}

function timeline(panel, all, body) {
  const svg = shape("svg", { viewBox: `0 0 300 ${Math.max(1, all.length) * 24}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const mappings = Object.assign({}, ...(defaults(panel).mappings ?? []).map((mapping) => mapping.options ?? {}));
  const states = Object.values(mappings);
  // Stretches of time: how many three-hundredths of it, and the colour.
  const stretches = (series) => {
    if (series.start) {
      const width = 300 / series.points.length;
      return series.points.map((value) => [width, value == null ? "none" : mappings[value]?.color ? color(mappings[value].color) : stepColor(panel, value)]);
    }
    return Array.from({ length: 15 }, (_, at) => {
      const state = states[Math.floor(chance(`${series.seed}s${at}`) * states.length)];
      return [20 + 70 * chance(`${series.seed}${at}`), state?.color ? color(state.color) : PALETTE[at % 4]];
    });
  };
  all.forEach((series, row) => {
    let x = 0;
    for (const [width, fill] of stretches(series)) {
      if (x < 300) svg.append(shape("rect", { x, y: row * 24 + 2, width: series.start ? width : width - 1, height: 20, fill }));
      x += width;
    }
  });
  body.append(svg);
}

function words(panel, all, body) {
  body.classList.add("words");
  body.setAttribute("tabindex", "0");
  body.append(panel.options?.content ?? panel.content ?? "");
}

function unknown(panel, all, body) {
  body.append(element("span", { class: "mono" }, `a panel of the kind ${panel.type ?? "unknown"}`));
}

const KINDS = {
  timeseries, graph: timeseries, barchart: bargauge, stat, singlestat: stat, gauge, bargauge, table, "table-old": table,
  piechart: pie, heatmap, "state-timeline": timeline, "status-history": timeline, text: words, row: () => {},
};
const NAMED = ["timeseries", "graph", "piechart", "barchart", "state-timeline"];

function describe(panel, all) {
  const kind = panel.type ?? "panel";
  if (panel.type === "text") return `${kind} panel ${panel.title ?? ""}`;
  const origin = isReal(all) ? "values" : "sample values";
  const now = all.slice(0, 4).map((series) => `${series.name} ${say(panel, last(series))}`).join(", ");
  return `${kind} panel ${panel.title ?? ""}, ${origin}: ${now || "none"}`;
}

function drawPanel(panel, other, mark, dashboard) {
  const place = panel.gridPos ?? { x: 0, y: 0, w: 12, h: 8 };
  const box = element("article", { class: `panel${panel.type === "row" ? " row" : ""}${mark ? ` marked is-${mark}` : ""}` });
  box.style.gridColumn = `${place.x + 1} / span ${place.w}`;
  box.style.gridRow = `${place.y + 1} / span ${Math.max(1, place.h)}`;
  box.style.setProperty("--rows", place.h);
  const title = element("h4", { title: `${panel.title ?? ""} (${panel.type ?? "panel"}${mark ? `, ${mark}` : ""})` }, element("span", {}, panel.title || "(no title)"));
  if (panel.type !== "row") title.append(element("span", { class: mark ?? "kind" }, mark && place.w < 8 ? "●" : mark ?? panel.type ?? ""));
  box.append(title);
  if (panel.type === "row") return box;
  const body = element("div", { class: "body" });
  box.append(body);
  const draw = (all) => {
    const known = KINDS[panel.type] ?? unknown;
    if (panel.type !== "text") body.setAttribute("role", panel.type === "table" ? "group" : "img");
    body.setAttribute("aria-label", describe(panel, all));
    if (panel.type === "text") body.setAttribute("role", "group");
    if (NAMED.includes(panel.type) && all.length) {
      box.append(element("div", { class: "legend", "aria-hidden": "true" }, ...all.map((series, index) => element("span", {}, element("i", { style: `background:${seriesColor(panel, series, index)}` }), series.name))));
    }
    const bounds = steps(panel).filter((step) => step.value != null);
    if (bounds.length) {
      box.append(element("div", { class: "steps" }, ...bounds.flatMap((step) => [element("i", { style: `background:${color(step.color)}` }), `from ${say(panel, step.value)} `])));
    }
    requestAnimationFrame(() => known(panel, all, body, { width: body.clientWidth, height: body.clientHeight }));
  };
  if (DATA.prometheus) {
    const madeUp = (why) => {
      box.append(element("div", { class: "steps" }, `${why}: sample data`));
      draw(sample(panel, other));
    };
    const isOfData = (panel.targets ?? []).length > 0;
    live(panel, dashboard).then(
      (all) => (all.length || !isOfData ? draw(all) : madeUp("no data in Prometheus")),
      (error) => madeUp(error.message.startsWith("Prometheus") ? error.message : "no answer from Prometheus"),
    );
  } else {
    draw(sample(panel, other));
  }
  return box;
}
