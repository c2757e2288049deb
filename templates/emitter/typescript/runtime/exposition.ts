/**
 * The text formats, and which of them a scraper prefers.
 *
 * prom-client writes the Prometheus text format. Its OpenMetrics mode belongs
 * to a registry and not to a request, and renames counters for good; so that
 * format is written here.
 */

import type { Registry } from "prom-client";

/** What is sent to a scraper. */
export interface Encoded {
  readonly contentType: string;
  readonly body: string;
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS =
  "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Everything in a registry, in the format that an `Accept` header prefers. */
export async function encode(
  registry: Registry,
  units: ReadonlyMap<string, string>,
  accept: string | undefined,
): Promise<Encoded> {
  if (!prefersOpenMetrics(accept)) {
    // Without the blank lines between metrics, which not every reader takes.
    const body = (await registry.metrics()).replaceAll("\n\n", "\n");
    return { contentType: TEXT, body };
  }
  const lines: string[] = [];
  for (const metric of await registry.getMetricsAsJSON()) {
    // Declared as a number, but a word.
    const type = String(metric.type);
    const counts = type === "counter" && metric.name.endsWith("_total");
    const family = counts
      ? metric.name.slice(0, -"_total".length)
      : metric.name;
    const unit = units.get(metric.name);
    lines.push(`# HELP ${family} ${escape(metric.help)}`);
    // The format allows no other names for counters.
    const known = type === "counter" && !counts ? "unknown" : type;
    lines.push(`# TYPE ${family} ${known}`);
    if (unit !== undefined && family.endsWith(`_${unit}`)) {
      lines.push(`# UNIT ${family} ${unit}`);
    }
    for (const sample of metric.values) {
      const name =
        "metricName" in sample && typeof sample.metricName === "string"
          ? sample.metricName
          : metric.name;
      const labels = Object.entries(sample.labels)
        .filter(([, value]) => value !== undefined)
        .map(([label, value]) => `${label}="${escape(String(value))}"`)
        .join(",");
      const set = labels === "" ? "" : `{${labels}}`;
      lines.push(`${name}${set} ${number(sample.value)}`);
    }
  }
  lines.push("# EOF", "");
  return { contentType: OPEN_METRICS, body: lines.join("\n") };
}

function escape(raw: string): string {
  return raw
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll('"', '\\"');
}

function number(value: number): string {
  if (Number.isFinite(value)) {
    return String(value);
  }
  if (Number.isNaN(value)) {
    return "NaN";
  }
  return value > 0 ? "+Inf" : "-Inf";
}

/** How closely a media range describes a format, and how much it is liked. */
interface Preference {
  detail: number;
  quality: number;
}

/**
 * Whether a request prefers OpenMetrics. It has to be asked for: a wildcard and
 * a missing or unusable header mean text. Between the two at equal quality,
 * named, it wins.
 */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  const text: Preference = { detail: 0, quality: 0 };
  const open: Preference = { detail: 0, quality: 0 };
  for (const range of split(accept ?? "", ",")) {
    const [media = "", ...parameters] = split(range, ";");
    let quality = 1;
    let version: string | undefined;
    for (const parameter of parameters) {
      const [name = "", value = ""] = parameter.split("=", 2);
      const bare = value.trim().replace(/^"(.*)"$/, "$1");
      if (name.trim().toLowerCase() === "q") {
        quality = bare === "" ? Number.NaN : Number(bare);
      } else if (name.trim().toLowerCase() === "version") {
        version = bare;
      }
    }
    if (!(quality >= 0 && quality <= 1)) {
      continue;
    }
    switch (media.trim().toLowerCase()) {
      case "*/*":
        consider(text, 1, quality);
        consider(open, 1, quality);
        break;
      case "text/*":
        consider(text, 2, quality);
        break;
      case "application/*":
        consider(open, 2, quality);
        break;
      case "text/plain":
        considerVersion(text, version, "0.0.4", quality);
        break;
      case "application/openmetrics-text":
        considerVersion(open, version, "1.0.0", quality);
        break;
    }
  }
  const named = open.detail >= 3 && open.quality === text.quality;
  return open.quality > text.quality || (named && open.quality > 0);
}

function consider(known: Preference, detail: number, quality: number): void {
  const closer = detail > known.detail;
  if (closer || (detail === known.detail && quality > known.quality)) {
    known.detail = detail;
    known.quality = quality;
  }
}

function considerVersion(
  known: Preference,
  version: string | undefined,
  ours: string,
  quality: number,
): void {
  if (version === undefined) {
    consider(known, 3, quality);
  } else if (version === ours) {
    consider(known, 4, quality);
  }
}

/** The parts of a list, separated outside quotes. */
function split(list: string, separator: string): string[] {
  const parts = [""];
  let quoted = false;
  for (const character of list) {
    quoted = character === '"' ? !quoted : quoted;
    if (character === separator && !quoted) {
      parts.push("");
    } else {
      parts.push((parts.pop() ?? "") + character);
    }
  }
  return parts;
}
