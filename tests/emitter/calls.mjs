// Calls every event of the reference specs, then writes both expositions to
// the files that are named: calls.mjs PACKAGE TEXT OPEN_METRICS

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [directory, text, open] = process.argv.slice(2);
const { Metrics } = await import(
  pathToFileURL(`${directory}/dist/index.js`).href
);
const metrics = new Metrics();

metrics.onAgentTaskStart("planner");
metrics.onAgentTaskComplete("planner", 3);
metrics.onAgentTaskStart("planner");
metrics.onAgentTaskFail("planner", 700);
metrics.onAgentTaskStart("planner");
metrics.onAgentTaskStart("coder");
metrics.onAgentTaskComplete("coder", 0.5);
metrics.agentTask("guarded").complete();
metrics.agentTask("guarded").fail();
metrics.agentTask("guarded").run(() => "ends without a word");

metrics.onCostRecorded("planner", "gpt-4o-mini", 1);
metrics.resetDailyCost();
metrics.onCostRecorded("planner", "claude-sonnet", 0.25);
metrics.onCostRecorded("coder", "claude-sonnet", 0.5);

metrics.onSkillAccessAllowed("web_search");
metrics.onSkillAccessDenied("shell");
metrics.onEscalationRequested("shell");
metrics.onPermissionGranted("shell");
metrics.onPermissionGranted("shell");
metrics.onPermissionRevoked("shell");
metrics.logViolation("rate_limit");

for (let request = 0; request < 4; request += 1) {
  metrics.onApprovalRequested();
}
metrics.onApprovalAnswered(20);
metrics.onApprovalAutoEscalated();
metrics.onApprovalWithdrawn();
metrics.approval().answer();
metrics.approval().autoEscalate();
metrics.approval()[Symbol.dispose]();

const server = await metrics.startMetricsServer("127.0.0.1:0");
const answer = await fetch(server.url);
const served = await answer.text();
await server.stop();
await assert.rejects(fetch(server.url), "the server has not stopped");

const plain = await metrics.encode();
assert.equal(served, plain.body);
assert.equal(answer.headers.get("content-type"), plain.contentType);
writeFileSync(text, plain.body);
const accept = "application/openmetrics-text; version=1.0.0";
writeFileSync(open, (await metrics.encode(accept)).body);
assert.equal((await metrics.encode()).body, plain.body, "formats do not mix");
