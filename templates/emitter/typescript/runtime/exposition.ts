/**
 * Writes a registry in the text formats.
 *
 * prom-client writes the Prometheus text format only, with blank lines in it
 * that not every reader takes: its OpenMetrics mode belongs to a registry and
 * not to a request, and renames counters for good. So both are written here,
 * which is faster too.
 */

import type { Metric, Registry } from "prom-client";

import { prefersOpenMetrics } from "./accept.js";
import { Family } from "./family.js";
import { escape, labelText, line, quoted } from "./text.js";

/** What is sent to a scraper. */
export interface Encoded {
  readonly contentType: string;
  readonly body: string;
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS =
  "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Readonly<Record<string, string>>;

/** Everything in a registry, in the format that an `Accept` header prefers. */
export async function encode(
  registry: Registry,
  accept: string | undefined,
): Promise<Encoded> {
  const openMetrics = prefersOpenMetrics(accept);
  // There is no other way to read them.
  const { _defaultLabels: defaults = {} } = registry as unknown as {
    readonly _defaultLabels?: Labels;
  };
  const parts: string[] = [];
  for (const metric of registry.getMetricsAsArray()) {
    parts.push(header(metric, openMetrics));
    // A metric of this package, or one of prom-client's own.
    const known: unknown = metric;
    parts.push(
      known instanceof Family
        ? known.lines(defaults)
        : await lines(known as Metric, defaults),
    );
  }
  return openMetrics
    ? { contentType: OPEN_METRICS, body: `${parts.join("")}# EOF\n` }
    : { contentType: TEXT, body: parts.join("") };
}

/** The lines before the series of a metric. */
function header(
  metric: {
    readonly name: string;
    readonly help: string;
    readonly type: unknown;
    readonly unit?: string | undefined;
  },
  openMetrics: boolean,
): string {
  const { name, help, unit } = metric;
  // Declared as a number by prom-client, but a word.
  const type = String(metric.type);
  if (!openMetrics) {
    return `# HELP ${name} ${escape(help)}\n# TYPE ${name} ${type}\n`;
  }
  const counts = type === "counter" && name.endsWith("_total");
  const family = counts ? name.slice(0, -"_total".length) : name;
  // The format allows no other names for counters.
  const known = type === "counter" && !counts ? "unknown" : type;
  const text = quoted(help).slice(1, -1);
  const lines = `# HELP ${family} ${text}\n# TYPE ${family} ${known}\n`;
  return unit !== undefined && family.endsWith(`_${unit}`)
    ? `${lines}# UNIT ${family} ${unit}\n`
    : lines;
}

/** The series of a metric of prom-client's own. */
async function lines(metric: Metric, defaults: Labels): Promise<string> {
  const { name, values } = await metric.get();
  const lines = values.map((sample) => {
    const own =
      "metricName" in sample && typeof sample.metricName === "string"
        ? sample.metricName
        : name;
    const labels = { ...sample.labels, ...defaults, ...sample.labels };
    return line(own, labelText(labels), sample.value);
  });
  return lines.join("");
}
