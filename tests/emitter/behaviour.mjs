// What the runtime for TypeScript holds to: behaviour.mjs PACKAGE

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { pathToFileURL } from "node:url";

import { parse } from "./exposition.mjs";

const load = (path) =>
  import(pathToFileURL(`${process.argv[2]}/dist/${path}`).href);
const { Metrics } = await load("index.js");
const { prefersOpenMetrics } = await load("runtime/accept.js");
const { default: client } = await import(
  pathToFileURL(`${process.argv[2]}/node_modules/prom-client/index.js`).href
);

async function series(metrics) {
  return parse((await metrics.encode()).body);
}

// Past its limit, a label folds values, counts them, and says so once.
{
  const told = [];
  const metrics = new Metrics({
    onOverflow(overflow) {
      told.push(overflow);
      throw new Error("nobody's concern");
    },
  });
  for (let agent = 0; agent < 300; agent += 1) {
    metrics.onAgentTaskStart(`agent-${agent}`);
  }
  metrics.onAgentTaskStart("planner");
  const found = await series(metrics);
  // 4 of the 200 places are reserved for known values.
  assert.equal(found.get('agent_tasks_started_total{agent="_other"}'), 104);
  assert.equal(found.get('agent_tasks_started_total{agent="planner"}'), 1);
  const folded = (metric) =>
    `emitter_label_values_folded_total{label="agent",metric="${metric}"}`;
  assert.equal(found.get(folded("agent_tasks_started_total")), 104);
  assert.equal(found.get(folded("agent_active_tasks")), 104);
  assert.deepEqual(told, [
    {
      metric: "agent_tasks_started_total",
      label: "agent",
      limit: 200,
      value: "agent-196",
    },
  ]);
}

// Long values are cut between characters, halves of characters replaced, and
// what is no text is made text.
{
  const metrics = new Metrics();
  metrics.onSkillAccessAllowed(`${"x".repeat(127)}é`);
  metrics.onSkillAccessAllowed("\ud800");
  metrics.onSkillAccessAllowed("\udfff");
  metrics.onSkillAccessAllowed(7);
  metrics.onSkillAccessAllowed();
  const found = await series(metrics);
  const of = (skill) =>
    found.get(`skill_access_allowed_total{skill="${skill}"}`);
  assert.equal(of("x".repeat(127)), 1);
  assert.equal(of("\ufffd"), 2);
  assert.equal(of("7"), 1);
  assert.equal(of(""), 1);
  const cut =
    'emitter_label_values_truncated_total{label="skill",metric="skill_access_allowed_total"}';
  assert.equal(found.get(cut), 1);
}

// Values that a separator could join differently stay apart.
{
  const metrics = new Metrics();
  metrics.onCostRecorded("a", "b,model:c", 1);
  metrics.onCostRecorded("a,model:b", "c", 2);
  metrics.onCostRecorded('q"\\\n', "c", 4);
  const found = await series(metrics);
  const of = (agent, model) =>
    found.get(`agent_cost_per_day_usd{agent="${agent}",model="${model}"}`);
  assert.equal(of("a", "b,model:c"), 1);
  assert.equal(of("a,model:b", "c"), 2);
  assert.equal(of('q"\\\n', "c"), 4);
}

// Numbers that would do harm are dropped and counted.
{
  const metrics = new Metrics();
  const bad = [NaN, Infinity, -Infinity, undefined, "5", null];
  for (const value of [...bad, -1]) {
    metrics.onApprovalAnswered(value);
  }
  for (const value of bad) {
    metrics.onCostRecorded("a", "b", value);
  }
  metrics.onCostRecorded("a", "b", 1e308);
  metrics.onCostRecorded("a", "b", 1e308);
  metrics.families.taskApprovalRequestsTotal.add(-1);
  metrics.families.taskApprovalRequestsTotal.add(1.5);
  metrics.families.taskApprovalRequestsTotal.add(2);
  const found = await series(metrics);
  const dropped = (metric) =>
    found.get(`emitter_values_dropped_total{metric="${metric}"}`);
  assert.equal(dropped("approval_response_time_seconds"), 7);
  assert.equal(found.get("approval_response_time_seconds_count"), 0);
  assert.equal(dropped("agent_cost_per_day_usd"), 7);
  assert.equal(found.get('agent_cost_per_day_usd{agent="a",model="b"}'), 1e308);
  assert.equal(dropped("task_approval_requests_total"), 2);
  assert.equal(found.get("task_approval_requests_total"), 2);
}

// A guard ends once, and also if its body throws or its promise rejects.
{
  const metrics = new Metrics();
  const guard = metrics.agentTask("a");
  guard.complete();
  guard.fail();
  guard[Symbol.dispose]();
  assert.throws(() =>
    metrics.agentTask("a").run(() => {
      throw new Error("broken");
    }),
  );
  await assert.rejects(
    metrics.agentTask("a").run(() => Promise.reject(new Error("broken"))),
  );
  const result = await metrics.agentTask("a").run(async (task) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    task.complete();
    return "done";
  });
  assert.equal(result, "done");
  // A query builder, which starts its work when it is waited for.
  let started = 0;
  const query = metrics.agentTask("lazy").run(() => ({
    then(resolve) {
      started += 1;
      setTimeout(resolve, 20, "rows");
    },
  }));
  const active = () => metrics.families.agentActiveTasks.with("lazy").value;
  assert.equal(active(), 1);
  assert.equal(await query, "rows");
  assert.deepEqual([started, active()], [1, 0]);
  const found = await series(metrics);
  assert.equal(found.get('agent_tasks_completed_total{agent="a"}'), 2);
  assert.equal(found.get('agent_tasks_failed_total{agent="a"}'), 2);
  assert.equal(found.get('agent_active_tasks{agent="a"}'), 0);
  assert.ok(found.get('agent_task_duration_seconds_sum{agent="a"}') > 0.01);
}

// Beside metrics of prom-client's own, in both formats and with default labels,
// a registry says what it says by itself, under the same names.
{
  const registry = new client.Registry();
  registry.setDefaultLabels({ region: "e\"u", agent: "nobody" });
  client.collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const help = 'Odd \\ "help"\nhere';
  const labelNames = ["kind"];
  const lines = new client.Counter({ name: "lines", help, registers });
  lines.inc(3);
  const odd = new client.Gauge({ name: "odd", help, labelNames, registers });
  [NaN, Infinity, -Infinity, -0, 1e300].forEach((value, index) => {
    odd.set({ kind: `${index} "\\\n` }, value);
  });
  const took = new client.Histogram({ name: "took", help, labelNames, registers });
  took.observe({ kind: "a" }, 0.3);
  const quantiles = new client.Summary({ name: "quantiles", help, registers });
  quantiles.observe(2);
  const metrics = new Metrics({ registry });
  metrics.onAgentTaskStart("planner");
  metrics.onAgentTaskComplete("planner", 3);
  metrics.onApprovalRequested();
  const stable = (found) =>
    [...found].filter(([key]) => !/^(process|nodejs)_/.test(key)).sort();
  const bare = (text) => text.replaceAll("\n\n", "\n");
  const theirs = stable(parse(bare(await registry.metrics())));
  const plain = (await metrics.encode()).body;
  assert.deepEqual(stable(parse(plain)), theirs);
  const open = (await metrics.encode("application/openmetrics-text")).body;
  assert.deepEqual(stable(parse(open)), theirs);
  const started = 'agent_tasks_started_total{agent="planner",region="e"u"}';
  assert.ok(theirs.some(([key, value]) => key === started && value === 1));
  assert.match(plain, /^# HELP lines Odd \\\\ "help"\\nhere\n# TYPE lines counter$/m);
  assert.match(open, /^# HELP lines Odd \\\\ \\"help\\"\\nhere\n# TYPE lines unknown$/m);
  assert.match(plain, /^process_resident_memory_bytes\{region="e\\"u",agent="nobody"\} \d/m);
}

// Two of them do not meet in a registry that all share.
{
  const { register } = client;
  new Metrics();
  new Metrics();
  assert.equal(register.getMetricsAsArray().length, 0);
}

// The handler within another server; what is not asked properly is told so.
{
  const metrics = new Metrics();
  const server = createServer(metrics.handler());
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/anything`;
  const headers = { accept: "application/openmetrics-text" };
  const answer = await fetch(url, { headers });
  assert.match(
    answer.headers.get("content-type"),
    /^application\/openmetrics-text/,
  );
  assert.ok((await answer.text()).endsWith("\n# EOF\n"));
  assert.equal((await fetch(url, { method: "POST" })).status, 405);
  server.closeAllConnections();
  server.close();

  const own = await metrics.startMetricsServer("127.0.0.1:0");
  assert.equal((await fetch(own.url.replace("/metrics", "/"))).status, 404);
  assert.equal(
    (await (await fetch(own.url, { method: "HEAD" })).text()).length,
    0,
  );
  await assert.rejects(metrics.startMetricsServer(`127.0.0.1:${own.port}`));
  await assert.rejects(metrics.startMetricsServer("nonsense"));
  // Somebody who says nothing does not keep the server from stopping.
  const silent = connect(own.port, "127.0.0.1");
  silent.on("error", () => undefined);
  await new Promise((resolve) => silent.once("connect", resolve));
  await own.stop();
  silent.destroy();
}

// The header decides.
for (const [accept, expected] of [
  [undefined, false],
  ["*/*", false],
  ["text/html,application/xhtml+xml,*/*;q=0.8", false],
  ["application/openmetrics-text", true],
  ['Application/OpenMetrics-Text; Version="1.0.0"', true],
  ["application/*", true],
  ["application/openmetrics-text;q=0.3, text/plain;q=0.7", false],
  ["application/openmetrics-text;q=0, */*", false],
  ["text/plain;q=0, */*;q=0.5", true],
  ["application/openmetrics-text;version=2.0.0,text/plain;q=0.1", false],
  ["application/openmetrics-text;q=NaN", false],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    true,
  ],
  [
    "text/plain;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
    false,
  ],
]) {
  assert.equal(prefersOpenMetrics(accept), expected, accept);
}
