/**
 * Single series: one combination of label values, and its numbers.
 *
 * None of the methods throws. A number that would make a series useless is not
 * recorded, and `emitter_values_dropped_total` counts it.
 */

/** One series of a counter. */
export class Counter {
  #value = 0;
  readonly #drop: () => void;

  /** For families only. */
  constructor(drop: () => void) {
    this.#drop = drop;
  }

  /** Adds one. */
  inc(): void {
    this.#value += 1;
  }

  /** Adds `amount`. Dropped if that is not a whole number from 0. */
  add(amount: number): void {
    if (Number.isSafeInteger(amount) && amount >= 0) {
      this.#value += amount;
    } else {
      this.#drop();
    }
  }

  /** The count so far. Exact up to 2^53. */
  get value(): number {
    return this.#value;
  }
}

/** One series of a gauge. */
export class Gauge {
  #value = 0;
  readonly #drop: () => void;

  /** For families only. */
  constructor(drop: () => void) {
    this.#drop = drop;
  }

  /** Adds one. */
  inc(): void {
    this.add(1);
  }

  /** Takes one away. */
  dec(): void {
    this.add(-1);
  }

  /**
   * Adds `delta`, which may be negative. Dropped if it, or the result, is not
   * finite.
   */
  add(delta: number): void {
    // What is no number would be added as one.
    this.set(Number.isFinite(delta) ? this.#value + delta : Number.NaN);
  }

  /** Replaces the value. Dropped if `value` is not finite. */
  set(value: number): void {
    if (Number.isFinite(value)) {
      this.#value = value;
    } else {
      this.#drop();
    }
  }

  /** The value now. */
  get value(): number {
    return this.#value;
  }
}

/** One series of a histogram. */
export class Histogram {
  #sum = 0;
  readonly #counts: Float64Array;
  readonly #bounds: readonly number[];
  readonly #drop: () => void;

  /** For families only. */
  constructor(drop: () => void, bounds: readonly number[]) {
    this.#drop = drop;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /**
   * Records `value` in its bucket. Dropped if it is negative or not finite, or
   * if the sum would not be finite any more.
   */
  observe(value: number): void {
    const sum = this.#sum + value;
    if (!(Number.isFinite(value) && value >= 0 && Number.isFinite(sum))) {
      this.#drop();
      return;
    }
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found < 0 ? this.#bounds.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum = sum;
  }

  /** How many values were recorded. */
  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  /** The sum of the values recorded. */
  get sum(): number {
    return this.#sum;
  }

  /** How many values were recorded up to each bound, and then in all. */
  cumulative(): number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => (total += count));
  }
}
