/**
 * Registers metrics and exposes them together.
 */

import { Registry as PromRegistry } from "prom-client";
import type { Metric as PromMetric } from "prom-client";

import { encode } from "./exposition.js";
import type { Encoded } from "./exposition.js";
import { CounterFamily, GaugeFamily, HistogramFamily } from "./family.js";
import type { HistogramOptions, MetricOptions, Watch } from "./family.js";
import { Label } from "./label.js";
import type { Overflow } from "./label.js";
import type { Counter, Gauge, Histogram } from "./series.js";

/** What can be chosen about all metrics together. */
export interface RegistryOptions {
  /**
   * Called when a label folds its first value: once for each label, before the
   * update is made. What it throws is ignored, as metrics never disturb what
   * they measure.
   */
  readonly onOverflow?: (overflow: Overflow) => void;
  /**
   * The registry of prom-client to put the metrics in, beside others. One of
   * their own if not given; never the global one by itself.
   */
  readonly registry?: PromRegistry;
}

/**
 * Counts updates that went to the overflow series of a label, by `metric` and
 * `label`.
 */
export const FOLDED_TOTAL = "emitter_label_values_folded_total";

/** Counts updates with a label value that was too long, by `metric` and `label`. */
export const TRUNCATED_TOTAL = "emitter_label_values_truncated_total";

/** Counts numbers that were not recorded, by `metric`. */
export const DROPPED_TOTAL = "emitter_values_dropped_total";

type AnyFamily = CounterFamily | GaugeFamily | HistogramFamily;

const UNWATCHED: Watch = {
  folded: () => undefined,
  truncated: () => undefined,
  dropped: () => undefined,
};

/** The metrics of a process, or of a part of it. */
export class Registry {
  /** The registry of prom-client that holds them. */
  readonly prom: PromRegistry;
  readonly #onOverflow: ((overflow: Overflow) => void) | undefined;
  readonly #folded: CounterFamily<[metric: string, label: string]>;
  readonly #truncated: CounterFamily<[metric: string, label: string]>;
  readonly #dropped: CounterFamily<[metric: string]>;

  constructor(options: RegistryOptions = {}) {
    this.prom = options.registry ?? new PromRegistry();
    this.#onOverflow = options.onOverflow;
    // Their values come from registered names, so nothing needs to bound them.
    const metric = Label.open("metric", Infinity);
    const label = Label.open("label", Infinity);
    this.#folded = new CounterFamily(
      {
        name: FOLDED_TOTAL,
        help: "Updates whose label value was past the limit of its label and went to the overflow series",
        labels: [metric, label],
      },
      UNWATCHED,
    );
    this.#truncated = new CounterFamily(
      {
        name: TRUNCATED_TOTAL,
        help: "Updates with a label value that was cut because it was too long",
        labels: [metric, label],
      },
      UNWATCHED,
    );
    this.#dropped = new CounterFamily(
      {
        name: DROPPED_TOTAL,
        help: "Numbers not recorded because they were not finite, or negative in a histogram",
        labels: [metric],
      },
      UNWATCHED,
    );
    [this.#folded, this.#truncated, this.#dropped].forEach((family) => {
      this.#register(family);
    });
  }

  /** Registers a counter. */
  counter<Values extends readonly string[]>(
    options: MetricOptions,
  ): CounterFamily<Values> {
    return this.#register(
      new CounterFamily<Values>(options, this.#watch(options)),
    );
  }

  /** Registers a gauge. */
  gauge<Values extends readonly string[]>(
    options: MetricOptions,
  ): GaugeFamily<Values> {
    this.#dropped.with(options.name);
    return this.#register(
      new GaugeFamily<Values>(options, this.#watch(options)),
    );
  }

  /** Registers a histogram. */
  histogram<Values extends readonly string[]>(
    options: HistogramOptions,
  ): HistogramFamily<Values> {
    this.#dropped.with(options.name);
    return this.#register(
      new HistogramFamily<Values>(options, this.#watch(options)),
    );
  }

  /** Registers a counter without labels, and gives its only series. */
  soleCounter(options: MetricOptions): Counter {
    return this.counter<[]>(options).with();
  }

  /** Registers a gauge without labels, and gives its only series. */
  soleGauge(options: MetricOptions): Gauge {
    return this.gauge<[]>(options).with();
  }

  /** Registers a histogram without labels, and gives its only series. */
  soleHistogram(options: HistogramOptions): Histogram {
    return this.histogram<[]>(options).with();
  }

  /**
   * Everything that is registered, in the format that an `Accept` header
   * prefers: OpenMetrics 1.0 if it asks for that, else the Prometheus text
   * format 0.0.4.
   */
  encode(accept?: string): Promise<Encoded> {
    return encode(this.prom, accept);
  }

  #register<Family extends AnyFamily>(family: Family): Family {
    // It has the members that a registry asks for, and not prom-client's
    // functions that move metrics.
    this.prom.registerMetric(family as unknown as PromMetric);
    return family;
  }

  #watch({ name, labels = [] }: MetricOptions): Watch {
    for (const label of labels) {
      this.#folded.with(name, label.name);
      this.#truncated.with(name, label.name);
    }
    return {
      folded: (label, value, first) => {
        this.#folded.inc(name, label.name);
        if (first) {
          this.#tell({
            metric: name,
            label: label.name,
            limit: label.limit,
            value,
          });
        }
      },
      truncated: (label) => {
        this.#truncated.inc(name, label.name);
      },
      dropped: () => {
        this.#dropped.inc(name);
      },
    };
  }

  #tell(overflow: Overflow): void {
    try {
      this.#onOverflow?.(overflow);
    } catch {
      // Said in RegistryOptions.
    }
  }
}
