/**
 * Metrics: all series of one name, found by the values of their labels.
 */

import { OVERFLOW_VALUE, text, truncate } from "./label.js";
import type { Label } from "./label.js";
import { Counter, Gauge, Histogram } from "./series.js";
import { labelText, line } from "./text.js";

/** What a metric is called and means. */
export interface MetricOptions {
  /** The name, exposed exactly so. */
  readonly name: string;
  /** What it counts or measures. Any text; it is escaped. */
  readonly help: string;
  /** The unit, exposed in OpenMetrics if the name ends in it. */
  readonly unit?: string;
  /** The labels, in the order in which their values are given. */
  readonly labels?: readonly Label[];
}

/** What a histogram is called and means, and its buckets. */
export interface HistogramOptions extends MetricOptions {
  /** The upper bounds of the buckets; `+Inf` always follows. */
  readonly buckets: readonly number[];
}

/** What is told about updates that were not taken as they are. */
export interface Watch {
  /** The value of the label went to the overflow series. */
  folded(label: Label, value: string, first: boolean): void;
  /** The value of the label was cut. */
  truncated(label: Label): void;
  /** A number was not recorded. */
  dropped(): void;
}

/** One line of an exposition, as prom-client takes it. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric as prom-client takes it. */
export interface Snapshot {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator: "sum";
  readonly values: Sample[];
}

/** Series, or the way to them, by the value of the next label. */
interface Branch<Series> {
  readonly next: Map<unknown, Branch<Series>>;
  series: Series | undefined;
}

interface Entry<Series> {
  readonly labels: Readonly<Record<string, string>>;
  /** The labels as an exposition has them. */
  readonly text: string;
  readonly series: Series;
}

function branch<Series>(): Branch<Series> {
  return { next: new Map(), series: undefined };
}

/**
 * What all metrics have in common. It has the shape of a metric of prom-client,
 * so that its registries, aggregation over a cluster and pushing take it, but
 * keeps its series itself: prom-client joins label values to a key in which a
 * comma separates them and may also be part of them, so that different series
 * become one.
 */
export abstract class Family<Values extends readonly string[], Series> {
  /** The name. */
  readonly name: string;
  /** What it counts or measures. */
  readonly help: string;
  /** The unit, if it is known. */
  readonly unit: string | undefined;
  /** Its type, in Prometheus's words. */
  abstract readonly type: Snapshot["type"];
  /** The names of its labels. */
  readonly labelNames: readonly string[];
  readonly #labels: readonly Label[];
  readonly #watch: Watch;
  readonly #root = branch<Series>();
  readonly #entries: Entry<Series>[] = [];

  constructor(options: MetricOptions, watch: Watch) {
    this.name = options.name;
    this.help = options.help;
    this.unit = options.unit;
    this.#labels = options.labels ?? [];
    this.labelNames = this.#labels.map((label) => label.name);
    this.#watch = watch;
  }

  /**
   * The series with these label values, which from now on is exposed. It can be
   * kept as long as one likes, for hot paths.
   */
  with(...values: Values): Series {
    let found: Branch<Series> | undefined = this.#root;
    for (const value of values) {
      found = found?.next.get(value);
    }
    return found?.series ?? this.#resolve(values);
  }

  /** For prom-client: the numbers by now. */
  get(): Promise<Snapshot> {
    return Promise.resolve({
      name: this.name,
      help: this.help,
      type: this.type,
      aggregator: "sum",
      values: this.#entries.flatMap(({ labels, series }) =>
        this.samples(labels, series),
      ),
    });
  }

  /**
   * For the exposition: the lines of all series by now. `defaults` are labels
   * that those without them get.
   */
  lines(defaults: Readonly<Record<string, string>>): string {
    const others = Object.entries(defaults).filter(
      ([name]) => !this.labelNames.includes(name),
    );
    const more = labelText(Object.fromEntries(others));
    let lines = "";
    for (const { text, series } of this.#entries) {
      const labels =
        text === "" || more === "" ? text + more : `${text},${more}`;
      lines += this.write(labels, series);
    }
    return lines;
  }

  /** For prom-client, whose registries offer to forget everything: it stays. */
  reset(): void {
    // Counters that start again would be counted twice by nobody's fault.
  }

  /** A series without history. */
  protected abstract make(): Series;

  /** The lines of a series, whose labels are a text. */
  protected abstract write(labels: string, series: Series): string;

  /** The lines of a series, as prom-client takes them. */
  protected abstract samples(
    labels: Entry<Series>["labels"],
    series: Series,
  ): Sample[];

  /** Every series that there is. */
  protected all(): Series[] {
    return this.#entries.map(({ series }) => series);
  }

  /** Counts a number that was not recorded. */
  protected dropped = (): void => {
    this.#watch.dropped();
  };

  /**
   * The series for values that have none of exactly their text: new ones, ones
   * past the limit, ones too long.
   */
  #resolve(values: Values): Series {
    const labels: Record<string, string> = {};
    let place = this.#root;
    this.#labels.forEach((label, index) => {
      const value = this.#admit(label, text(values[index] ?? ""));
      labels[label.name] = value;
      let next = place.next.get(value);
      if (next === undefined) {
        next = branch();
        place.next.set(value, next);
      }
      place = next;
    });
    if (place.series === undefined) {
      place.series = this.make();
      const entry = { labels, text: labelText(labels), series: place.series };
      this.#entries.push(entry);
    }
    return place.series;
  }

  #admit(label: Label, value: string): string {
    const kept = truncate(value);
    if (kept.length < value.length) {
      this.#watch.truncated(label);
    }
    const admission = label.decide(kept);
    if (admission === "admitted") {
      return kept;
    }
    this.#watch.folded(label, kept, admission === "folded first");
    return OVERFLOW_VALUE;
  }
}

/** A counter with labels. */
export class CounterFamily<
  Values extends readonly string[] = readonly string[],
> extends Family<Values, Counter> {
  override readonly type = "counter";

  /** Adds one to the series with these label values. */
  inc(...values: Values): void {
    this.with(...values).inc();
  }

  /**
   * Adds `amount` to the series with these label values. Dropped if that is not
   * a whole number from 0.
   */
  add(amount: number, ...values: Values): void {
    this.with(...values).add(amount);
  }

  protected override make(): Counter {
    return new Counter(this.dropped);
  }

  protected override write(labels: string, series: Counter): string {
    return line(this.name, labels, series.value);
  }

  protected override samples(
    labels: Sample["labels"],
    series: Counter,
  ): Sample[] {
    return [{ labels, value: series.value }];
  }
}

/** A gauge with labels. */
export class GaugeFamily<
  Values extends readonly string[] = readonly string[],
> extends Family<Values, Gauge> {
  override readonly type = "gauge";

  /** Adds one to the series with these label values. */
  inc(...values: Values): void {
    this.with(...values).inc();
  }

  /** Takes one from the series with these label values. */
  dec(...values: Values): void {
    this.with(...values).dec();
  }

  /**
   * Adds `delta`, which may be negative, to the series with these label values.
   * Dropped if it, or the result, is not finite.
   */
  add(delta: number, ...values: Values): void {
    if (Number.isFinite(delta)) {
      this.with(...values).add(delta);
    } else {
      this.dropped();
    }
  }

  /**
   * Replaces the value of the series with these label values. Dropped if
   * `value` is not finite.
   */
  set(value: number, ...values: Values): void {
    if (Number.isFinite(value)) {
      this.with(...values).set(value);
    } else {
      this.dropped();
    }
  }

  /** Replaces the value of every series that there is. */
  setAll(value: number): void {
    if (Number.isFinite(value)) {
      this.all().forEach((series) => {
        series.set(value);
      });
    } else {
      this.dropped();
    }
  }

  protected override make(): Gauge {
    return new Gauge(this.dropped);
  }

  protected override write(labels: string, series: Gauge): string {
    return line(this.name, labels, series.value);
  }

  protected override samples(
    labels: Sample["labels"],
    series: Gauge,
  ): Sample[] {
    return [{ labels, value: series.value }];
  }
}

/** A histogram with labels. */
export class HistogramFamily<
  Values extends readonly string[] = readonly string[],
> extends Family<Values, Histogram> {
  override readonly type = "histogram";
  readonly #bounds: readonly number[];
  readonly #le: readonly string[];

  constructor(options: HistogramOptions, watch: Watch) {
    super(options, watch);
    this.#bounds = options.buckets;
    this.#le = [...options.buckets.map(bound), "+Inf"];
  }

  /**
   * Records `value` in the series with these label values. Dropped if it is
   * negative or not finite, or if the sum would not be finite any more.
   */
  observe(value: number, ...values: Values): void {
    if (Number.isFinite(value) && value >= 0) {
      this.with(...values).observe(value);
    } else {
      this.dropped();
    }
  }

  protected override make(): Histogram {
    return new Histogram(this.dropped, this.#bounds);
  }

  protected override write(labels: string, series: Histogram): string {
    const others = labels === "" ? "" : `${labels},`;
    const before = `${this.name}_bucket{${others}le="`;
    const counts = series.cumulative();
    let lines = "";
    counts.forEach((count, index) => {
      lines += `${before}${this.#le[index] ?? "+Inf"}"} ${String(count)}\n`;
    });
    return (
      lines +
      line(`${this.name}_sum`, labels, series.sum) +
      line(`${this.name}_count`, labels, counts.at(-1) ?? 0)
    );
  }

  protected override samples(
    labels: Sample["labels"],
    series: Histogram,
  ): Sample[] {
    const counts = series.cumulative();
    const samples: Sample[] = counts.map((value, index) => ({
      metricName: `${this.name}_bucket`,
      labels: { ...labels, le: this.#le[index] ?? "+Inf" },
      value,
    }));
    samples.push(
      { metricName: `${this.name}_sum`, labels, value: series.sum },
      { metricName: `${this.name}_count`, labels, value: counts.at(-1) ?? 0 },
    );
    return samples;
  }
}

/**
 * The bound of a bucket as the value of `le`: always with a fraction or an
 * exponent, because Prometheus before 3 takes `1` and `1.0` for different
 * labels.
 */
function bound(value: number): string {
  const digits = String(value);
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
}
