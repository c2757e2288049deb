// What an event of the TypeScript emitter costs beside prom-client alone:
// compare.mjs PACKAGE, a directory in which the emitter is built.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [directory] = process.argv.slice(2);
const { Metrics } = await import(pathToFileURL(`${directory}/dist/index.js`).href);
const client = createRequire(`${directory}/dist/index.js`)("prom-client");

const ROUNDS = 15;
const CALLS = 200_000;
const AGENTS = Array.from({ length: 100 }, (_, index) => `agent-${index}`);

const metrics = new Metrics();
const registry = new client.Registry();
const labelNames = ["agent"];
const registers = [registry];
const completed = new client.Counter({ name: "completed_total", help: "Tasks", labelNames, registers });
const active = new client.Gauge({ name: "active", help: "Tasks", labelNames, registers });
const buckets = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const duration = new client.Histogram({ name: "duration_seconds", help: "Time", labelNames, buckets, registers });

const contestants = {
  emitter: (agent) => metrics.onAgentTaskComplete(agent, 3),
  "prom-client": (agent) => {
    completed.inc({ agent });
    active.dec({ agent });
    duration.observe({ agent }, 3);
  },
};

const encoders = {
  emitter: () => metrics.encode(),
  "prom-client": () => registry.metrics(),
};

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const times = { emitter: [], "prom-client": [] };
const encodings = { emitter: [], "prom-client": [] };
// The first round warms up, and is not counted.
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, call] of Object.entries(contestants)) {
    const start = process.hrtime.bigint();
    for (let index = 0; index < CALLS; index += 1) call(AGENTS[index % AGENTS.length]);
    const taken = Number(process.hrtime.bigint() - start) / CALLS;
    if (round > 0) times[name].push(taken);
    const begin = process.hrtime.bigint();
    for (let index = 0; index < 20; index += 1) await encoders[name]();
    if (round > 0) encodings[name].push(Number(process.hrtime.bigint() - begin) / 20);
  }
}
const event = [median(times.emitter), median(times["prom-client"])];
const text = [median(encodings.emitter), median(encodings["prom-client"])];
console.log(`event of three metrics: ${event.map((ns) => `${ns.toFixed(0)} ns`).join(" against ")}, ${(event[0] / event[1]).toFixed(2)} times`);
console.log(`exposition: ${text.map((ns) => `${(ns / 1000).toFixed(0)} µs`).join(" against ")}, ${(text[0] / text[1]).toFixed(2)} times`);
