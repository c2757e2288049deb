/**
 * The metrics of this system, as typed functions: one for each thing that
 * happens. {@link Metrics} has them all.
 *
 * Rendered by dashwright from the specs; what is changed here is lost with the
 * next run.
 *
 * @packageDocumentation
 */

export { Families } from "./families.js";
export * as guards from "./guards.js";
export { Metrics } from "./metrics.js";
export type { Encoded } from "./runtime/exposition.js";
export { MAX_VALUE_BYTES, OVERFLOW_VALUE } from "./runtime/label.js";
export type { Overflow } from "./runtime/label.js";
export type { RegistryOptions } from "./runtime/registry.js";
export { MetricsServer } from "./runtime/server.js";
export type { Handler, ServerOptions } from "./runtime/server.js";
