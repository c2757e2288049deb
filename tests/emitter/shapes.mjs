// Events of every shape do what they say: shapes.mjs PACKAGE

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const { Metrics, labels } = await import(
  pathToFileURL(`${process.argv[2]}/dist/index.js`).href
);
const metrics = new Metrics();
const { families } = metrics;
metrics.type("t", 2, 3, "free", "b", "hotel");
metrics.type("t", 5, 1, "free", "b", "hotel");
metrics.served("4x", true, 7, "x");
metrics.served("pro", false, 7, "x");
const guard = metrics.metrics("1", "2", "3", "4", 8);
assert.equal(families.many.with("1", "2", "3", "4").value, 9);
guard[Symbol.dispose]();
assert.equal(families.many.with("1", "2", "3", "4").value, 8);
assert.equal(families.waitsSeconds.count, 1);
metrics.metrics("1", "2", "3", "4", 8).type(4, "free", 3);
assert.equal(families.many.with("1", "a", "b", "c").value, 8);
assert.equal(families.waitsSeconds.count, 2);
assert.ok(families.waitsSeconds.sum >= 3);
assert.equal(families.self.value, 6);
const requests = (kind) =>
  families.httpRequestsTotal.with(kind, "free", "b", "hotel").value;
assert.equal(requests("t"), 2_000_002);
assert.equal(requests('a "b"'), 4);
assert.equal(families.busy.with("4x").value, 1);
assert.equal(families.busy.with("pro").value, 0);
assert.equal(families.plainTotal.value, 1);
assert.equal(families.sizesBytes.with("x").sum, 14);
assert.equal(families.sizesBytes.with("fixed").count, 2);
metrics.forget();
assert.equal(families.many.with("1", "2", "3", "4").value, -1.5);
assert.equal(labels.TIER[5], 'ünï "q"\\');
// Code without types may pass what no closed label holds.
metrics.served("gold", true, 1, "x");
assert.equal(families.busy.with("_other").value, 1);
