/**
 * Which text format a scraper prefers.
 */

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
