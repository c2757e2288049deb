/**
 * What goes on between an event and those that end it.
 */

/**
 * Calls exactly one of its ends: that which is asked for, or a fixed one when
 * it is disposed of without, as by `using`, or by {@link Guard.run}.
 */
export abstract class Guard<Metrics> implements Disposable {
  /** For the ends. */
  protected readonly _metrics: Metrics;
  readonly #started = performance.now();
  #open = true;

  /** For the function that starts it. */
  constructor(metrics: Metrics) {
    this._metrics = metrics;
  }

  /**
   * Calls `body` with the guard, which ends with it: as `body` says, or as if
   * dropped, also if `body` throws. If `body` returns a promise, the guard ends
   * when that does.
   */
  run<Result>(body: (guard: this) => Result): Result {
    let result: Result;
    try {
      result = body(this);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
    if (isPromise(result)) {
      // One that starts its work when it is waited for is waited for once.
      return Promise.resolve(result).finally(() => {
        this[Symbol.dispose]();
      }) as Result;
    }
    this[Symbol.dispose]();
    return result;
  }

  /** Ends it as if dropped, unless it has ended. */
  [Symbol.dispose](): void {
    this._drop();
  }

  /** Calls the end of a guard that is dropped. */
  protected abstract _drop(): void;

  /** Seconds since the start. */
  protected _elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Whether this is the first end that was called. */
  protected _ends(): boolean {
    const open = this.#open;
    this.#open = false;
    return open;
  }
}

/** Whether it is a promise, of whatever library. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
