// Opens a page under its own security policy, and says what its panels show, as JSON on standard output.
//   node numbers.mjs FILE

import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
const page = await browser.newPage();
const seen = { hosts: [], errors: [] };
page.on("request", (request) => {
  const { protocol, host } = new URL(request.url());
  if (protocol.startsWith("http") && !seen.hosts.includes(host)) seen.hosts.push(host);
});
page.on("pageerror", (error) => seen.errors.push(String(error)));
page.on("console", (message) => {
  // What a server refuses is an error of the network, of which the page tells.
  if (message.type() === "error" && !message.location().url.startsWith("http")) seen.errors.push(message.text());
});
await page.goto(pathToFileURL(process.argv[2]).href);
await page.$$eval("details.dashboard", (all) => all.forEach((box) => { box.open = true; }));
await page.waitForFunction(() => {
  const bodies = [...document.querySelectorAll(".panel:not(.row) .body")];
  const boxes = [...document.querySelectorAll("details.dashboard")];
  return boxes.every((box) => box.querySelector(".sides")) && bodies.length > 0 && bodies.every((body) => body.hasAttribute("aria-label"));
});
Object.assign(seen, await page.evaluate(() => ({
  source: document.getElementById("source").textContent,
  panels: [...document.querySelectorAll(".side:last-child .panel:not(.row)")].map((panel) => ({
    says: panel.querySelector(".body").getAttribute("aria-label"),
    note: [...panel.querySelectorAll(".steps")].map((note) => note.textContent).join(" "),
    shades: [...new Set([...panel.querySelectorAll("svg rect")].map((one) => one.getAttribute("fill-opacity")))].filter((shade) => shade > 0),
    shapes: panel.querySelectorAll("svg rect").length,
  })),
})));
await browser.close();
process.stdout.write(JSON.stringify(seen));
