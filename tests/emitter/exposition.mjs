// Reads the Prometheus text format: values by `name{label="value",…}`, labels
// sorted, values without escapes.

export function parse(text) {
  const series = new Map();
  for (const line of text.split("\n")) {
    const sample = /^([\w:]+)(?:\{(.*)\})? (\S+)$/s.exec(line);
    if (line.startsWith("#") || sample === null) {
      continue;
    }
    const [, name, list, value] = sample;
    const labels = [...(list ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      .map(([, label, raw]) => [label, unescape(raw)])
      .sort()
      .map(([label, raw]) => `${label}="${raw}"`)
      .join(",");
    const key = labels === "" ? name : `${name}{${labels}}`;
    if (series.has(key)) {
      throw new Error(`${key} is exposed twice`);
    }
    series.set(key, Number(value));
  }
  return series;
}

function unescape(raw) {
  return raw.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
}
