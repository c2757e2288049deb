// Colours, units and sample data.

const PALETTE = ["#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42", "#1F78C1", "#BA43A9", "#705DA0"];
const HUES = {
  green: ["#C8F2C2", "#96D98D", "#73BF69", "#56A64B", "#37872D"],
  yellow: ["#FFF899", "#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400"],
  red: ["#FFA6B0", "#FF7383", "#F2495C", "#E02F44", "#C4162A"],
  blue: ["#C0D8FF", "#8AB8FF", "#5794F2", "#3274D9", "#1F60C4"],
  orange: ["#FFCB7D", "#FFB357", "#FF9830", "#FF780A", "#FA6400"],
  purple: ["#DEB6F2", "#CA95E5", "#B877D9", "#A352CC", "#8F3BB8"],
};
const SHADES = ["super-light-", "light-", "", "semi-dark-", "dark-"];

function color(name) {
  for (const [hue, shades] of Object.entries(HUES)) {
    const at = SHADES.indexOf(String(name).slice(0, -hue.length));
    if (at >= 0 && String(name).endsWith(hue)) return shades[at];
  }
  if (name === "text" || name === "gray" || name === "grey") return "#8e97a6";
  return /^(#[0-9a-f]{3,8}|rgba?\([\d., ]+\)|[a-z]+)$/i.test(name) ? name : "#8e97a6";
}

function round(value, decimals) {
  const places = decimals ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return Number(value.toFixed(places)).toLocaleString("en", { maximumFractionDigits: places });
}

function withUnit(value, unit, decimals) {
  const scaled = (steps, base) => {
    let at = 0;
    let rest = value;
    while (Math.abs(rest) >= base && at < steps.length - 1) { rest /= base; at += 1; }
    return `${round(rest, decimals)} ${steps[at]}`;
  };
  switch (unit) {
    case "percentunit": return `${round(value * 100, decimals)} %`;
    case "percent": return `${round(value, decimals)} %`;
    case "currencyUSD": return `$${round(value, decimals)}`;
    case "bytes": return scaled(["B", "KiB", "MiB", "GiB", "TiB"], 1024);
    case "decbytes": return scaled(["B", "kB", "MB", "GB", "TB"], 1000);
    case "reqps": return `${round(value, decimals)} req/s`;
    case "ops": return `${round(value, decimals)} ops/s`;
    case "ms": return `${round(value, decimals)} ms`;
    case "s":
      if (Math.abs(value) < 1) return `${round(value * 1000, decimals)} ms`;
      return value < 120 ? `${round(value, decimals)} s` : `${round(value / 60, decimals)} min`;
    default:
      if (unit?.startsWith("suffix:")) return `${round(value, decimals)}${unit.slice(7)}`;
      if (unit?.startsWith("prefix:")) return `${unit.slice(7)}${round(value, decimals)}`;
      return round(value, decimals) + (unit && unit !== "short" && unit !== "none" ? ` ${unit}` : "");
  }
}

const defaults = (panel) => panel.fieldConfig?.defaults ?? {};
const steps = (panel) => defaults(panel).thresholds?.steps ?? [];

function stepColor(panel, value) {
  let found = steps(panel)[0]?.color ?? "green";
  for (const step of steps(panel)) if (step.value != null && value >= step.value) found = step.color;
  return color(found);
}

// A number from 0 to 1 that depends on the text only.
function chance(text) {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}

function metricOf(expr) {
  const names = String(expr ?? "").match(/[a-zA-Z_:][\w:]*(?=\s*[{[)]|\s*$)/g) ?? [];
  return names.find((name) => name.includes("_")) ?? String(expr ?? "");
}

// The labels by which a target's series differ: those that its legend shows or its expression keeps.
function labelsOf(target) {
  const legend = [...String(target.legendFormat ?? "").matchAll(/{{\s*(\w+)\s*}}/g)].map((found) => found[1]);
  if (legend.length) return legend;
  const by = String(target.expr ?? "").match(/\bby\s*\(([^)]*)\)/);
  return (by?.[1] ?? "").split(",").map((name) => name.trim()).filter((name) => name && name !== "le");
}

function seriesOf(panel) {
  const all = [];
  for (const target of (panel.targets ?? []).filter((target) => !target.hide)) {
    const labels = labelsOf(target);
    const known = labels.map((label) => DATA.labels[label] ?? [`${label} 1`, `${label} 2`, `${label} 3`]);
    const count = labels.length ? Math.min(4, Math.max(...known.map((values) => values.length))) : 1;
    for (let at = 0; at < count; at += 1) {
      const values = Object.fromEntries(labels.map((label, index) => [label, known[index][(at + index) % known[index].length]]));
      const legend = target.legendFormat;
      const name = legend && legend !== "__auto"
        ? legend.replace(/{{\s*(\w+)\s*}}/g, (_, label) => values[label] ?? "")
        : labels.map((label) => values[label]).join(" ") || panel.title || metricOf(target.expr);
      all.push({ name, values, seed: metricOf(target.expr) + name, target });
    }
  }
  return all;
}

const POINTS = 60;

// The values are those of the metric, whatever panel shows them; where a bound has moved, the last one
// lies between both, so that the difference shows.
function scaleOf(panel, other) {
  const bounds = (panel) => steps(panel).map((step) => step.value).filter((value) => value != null);
  const all = [...bounds(panel), ...(other ? bounds(other) : [])];
  const unit = defaults(panel).unit;
  const top = all.length ? Math.max(...all) * 1.35
    : unit === "percentunit" ? 1 : unit === "percent" ? 100 : unit === "s" ? 2 : 40;
  const moved = other ? bounds(panel).map((value, at) => [value, bounds(other)[at]]).find(([one, two]) => two != null && one !== two) : undefined;
  return { top: Math.min(top, Math.max(top, 0)) || 1, last: moved && (moved[0] + moved[1]) / 2 };
}

function sample(panel, other) {
  const { top, last } = scaleOf(panel, other);
  return seriesOf(panel).map((series, index) => {
    const phase = chance(series.seed) * 6.28;
    const level = 0.45 + 0.35 * chance(`${series.seed}level`);
    const points = Array.from({ length: POINTS }, (_, at) => {
      const wave = Math.sin(phase + at / 6) * 0.3 + Math.sin(phase * 2 + at / 2.3) * 0.07;
      const noise = (chance(`${series.seed}${at}`) - 0.5) * 0.08;
      return Math.max(0, top * (level + wave + noise));
    });
    if (last != null && index === 0) for (let at = 0; at < 6; at += 1) points[POINTS - 1 - at] += (last - points[POINTS - 1]) * (1 - at / 6);
    if (last != null && index === 0) points[POINTS - 1] = last;
    return { ...series, points };
  });
}

// Data of a real server, where one was named: the last hour.
const STEP = 60;

function queryText(expr, dashboard) {
  const builtin = { __rate_interval: "5m", __interval: "1m", __range: "1h", __range_s: "3600", __interval_ms: "60000" };
  const variables = Object.fromEntries((dashboard.templating?.list ?? []).map((variable) => [variable.name, variable]));
  const isPattern = (name) => variables[name] && !["interval", "constant", "textbox"].includes(variables[name].type);
  return expr
    // A variable of one value is compared by `=`: of all of its values, by a pattern. Of what
    // a variable keeps out nothing is: no label has the pattern itself as its value.
    .replace(/([!=])[=~]?(\s*)"\$(?:\{(\w+)(?::\w+)?\}|(\w+))"/g, (all, sign, blank, braced, bare) => (
      isPattern(braced ?? bare) ? `${sign === "!" ? "!=" : "=~"}${blank}".*"` : all))
    .replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (all, braced, bare) => {
      const name = braced ?? bare;
      if (builtin[name]) return builtin[name];
      if (isPattern(name)) return ".*";
      return variables[name] ? variables[name].current?.value ?? "5m" : all;
    });
}

async function live(panel, dashboard) {
  const end = Math.floor(Date.now() / 1000);
  const start = end - 3600;
  const all = [];
  for (const target of (panel.targets ?? []).filter((target) => !target.hide)) {
    const query = new URLSearchParams({ query: queryText(target.expr ?? "", dashboard), start, end, step: STEP });
    const answer = await fetch(`${DATA.prometheus}/api/v1/query_range?${query}`);
    const { data, error } = await answer.json();
    if (error) throw new Error(`Prometheus refuses the query: ${error}`);
    for (const { metric, values } of data.result) {
      const legend = target.legendFormat;
      const { __name__, ...labels } = metric;
      const written = legend && legend !== "__auto" ? legend.replace(/{{\s*(\w+)\s*}}/g, (_, label) => metric[label] ?? "") : "";
      const name = written || Object.values(labels).join(" ") || panel.title;
      const points = Array(3600 / STEP + 1).fill(null);
      for (const [at, value] of values) points[Math.round((at - start) / STEP)] = Number.isFinite(Number(value)) ? Number(value) : null;
      all.push({ name, values: labels, seed: name, target, start, points });
    }
  }
  // A bucket that is left out would be counted with the next.
  return panel.type === "heatmap" ? all : all.slice(0, 12);
}
