/**
 * Labels, and the guard over how many values each may take.
 */

/**
 * The value under which updates are counted once a label is at its limit. A
 * caller may pass it too; it takes no place of the limit.
 */
export const OVERFLOW_VALUE = "_other";

/**
 * Label values longer than this many bytes of UTF-8 are cut, at the start of a
 * character. Values that differ only behind the cut become one.
 */
export const MAX_VALUE_BYTES = 128;

/** The first value that a label did not admit. */
export interface Overflow {
  /** The metric that was updated. */
  readonly metric: string;
  /** The label that is at its limit. */
  readonly label: string;
  /** How many values the label keeps apart. */
  readonly limit: number;
  /** The value, cut to {@link MAX_VALUE_BYTES}. */
  readonly value: string;
}

/** What a label says to a value; the first that is folded is told apart. */
export type Admission = "admitted" | "folded" | "folded first";

/**
 * A label name, and the values it admits. All metrics with the same label share
 * one set of values.
 */
export class Label {
  /** The name of the label. */
  readonly name: string;
  /** How many different values can have series of their own. */
  readonly limit: number;
  readonly #admitted = new Set<string>();
  #overflowed = false;

  private constructor(name: string, limit: number) {
    this.name = name;
    this.limit = limit;
  }

  /** A label that takes any value, and keeps the first `limit` ones apart. */
  static open(name: string, limit: number): Label {
    return new Label(name, limit);
  }

  /**
   * A label whose values are all known. Any other, which only code that is not
   * type-checked can pass, is treated like one past the limit.
   */
  static closed(name: string, values: readonly string[]): Label {
    const known = new Set(values.map(truncate));
    const label = new Label(name, known.size);
    known.forEach((value) => {
      label.reserve(value);
    });
    return label;
  }

  /**
   * Gives `value` its place before anything else can take it, unless the label
   * is at its limit already.
   */
  reserve(value: string): void {
    const kept = truncate(value);
    if (this.#admitted.size < this.limit) {
      this.#admitted.add(kept);
    }
  }

  /** How many different values have been admitted. */
  get admitted(): number {
    return this.#admitted.size;
  }

  /** Decides on a value that has been cut. */
  decide(value: string): Admission {
    if (value === OVERFLOW_VALUE || this.#admitted.has(value)) {
      return "admitted";
    }
    if (this.#admitted.size < this.limit) {
      this.#admitted.add(value);
      return "admitted";
    }
    if (this.#overflowed) {
      return "folded";
    }
    this.#overflowed = true;
    return "folded first";
  }
}

/**
 * The value as text that can be exposed: halves of characters, which UTF-8
 * cannot say, are replaced.
 */
export function text(value: unknown): string {
  return (typeof value === "string" ? value : String(value)).toWellFormed();
}

/** The longest start of at most {@link MAX_VALUE_BYTES} that ends at a character. */
export function truncate(value: string): string {
  // No unit of UTF-16 takes more than three bytes.
  if (value.length * 3 <= MAX_VALUE_BYTES) {
    return value;
  }
  let bytes = 0;
  let end = 0;
  for (const character of value) {
    bytes += utf8Length(character.codePointAt(0) ?? 0);
    if (bytes > MAX_VALUE_BYTES) {
      return value.slice(0, end);
    }
    end += character.length;
  }
  return value;
}

function utf8Length(point: number): number {
  if (point < 0x80) {
    return 1;
  }
  if (point < 0x800) {
    return 2;
  }
  return point < 0x10000 ? 3 : 4;
}
