/**
 * The pieces of the text formats: escaped strings, label sets, numbers.
 */

/** A string between quotes. */
export function quoted(raw: string): string {
  return `"${escape(raw).replaceAll('"', '\\"')}"`;
}

/** A string outside quotes, such as a help in the Prometheus text format. */
export function escape(raw: string): string {
  return raw.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** Labels as they stand between the braces, such as `agent="planner",le="1.0"`. */
export function labelText(
  labels: Readonly<Partial<Record<string, string | number>>>,
): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (value !== undefined) {
      pairs.push(`${name}=${quoted(String(value))}`);
    }
  }
  return pairs.join(",");
}

/** A line with one number. `labels` is a text of labels, and may be empty. */
export function line(name: string, labels: string, value: number): string {
  const set = labels === "" ? "" : `{${labels}}`;
  return `${name}${set} ${number(value)}\n`;
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
