// Opens pages in Chromium and says what is there, as JSON on standard output.
//   node judge.mjs FILE [--open SELECTOR]
// With --open, it looks once, at what is open at first and at the dashboard of that selector.
// With PAGE_SCREENSHOTS=PREFIX in the environment, it keeps what it sees.

import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const file = process.argv[2];
const only = process.argv[3] === "--open" ? process.argv[4] : undefined;
const shots = process.env.PAGE_SCREENSHOTS;
const address = pathToFileURL(file).href;
const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });

async function look(theme, width, height) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, bypassCSP: true });
  const page = await context.newPage();
  const seen = { theme, width, requests: [], errors: [] };
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) seen.requests.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  await page.goto(address);
  const settled = async () => {
    await page.waitForFunction(() => [...document.querySelectorAll("details.dashboard[open]")].every((box) => box.querySelector(".sides")));
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  };
  await settled();
  if (shots) await page.screenshot({ path: `${shots}-${theme}-${width}.png` });
  seen.open = await page.$$eval("details.dashboard[open]", (open) => open.length);
  seen.dashboards = await page.$$eval("details.dashboard", (all) => all.length);
  seen.summaries = await page.$$eval("details.dashboard > summary", (all) => all.map((one) => one.textContent));
  seen.badges = await page.$$eval("details.dashboard > summary .badge", (all) => all.length);
  await page.$$eval(only ?? "details.dashboard", (all) => all.forEach((box) => {
    box.closest("details.rest")?.setAttribute("open", "");
    box.open = true;
  }));
  await settled();
  Object.assign(seen, await page.evaluate(() => {
    const text = (box, selector) => box.querySelector(selector)?.textContent ?? "";
    const panels = [...document.querySelectorAll(".panel:not(.row)")].map((panel) => ({
      side: panel.closest(".side").querySelector("h3").textContent,
      title: text(panel, "h4 span"),
      marked: panel.classList.contains("marked"),
      // A canvas that nobody has drawn on has one colour only.
      drawn: [...panel.querySelectorAll("canvas")].every((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return new Set(new Uint32Array(pixels.buffer)).size > 3;
      }) && panel.querySelector("canvas, svg path, svg rect, svg circle, table td, .stat, .bars b, .words") !== null,
      value: text(panel, "svg text, .stat"),
      colors: [...panel.querySelectorAll("svg path")].map((path) => path.getAttribute("stroke")),
      label: panel.querySelector(".body")?.getAttribute("aria-label") ?? "",
    }));
    return {
      panels,
      causes: [...document.querySelectorAll("#causes > li")].map((item) => item.textContent),
      text: document.body.innerText,
      scripts: document.scripts.length,
      images: document.images.length,
      wide: document.documentElement.scrollWidth > innerWidth,
      theme_shown: document.documentElement.dataset.theme,
      background: getComputedStyle(document.body).backgroundColor,
    };
  }));
  if (only) {
    await context.close();
    return seen;
  }
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  seen.violations = violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`);
  // With the keyboard alone: the first stops are the skip link and the button, and both do what they say.
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Tab");
  seen.first_stop = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  seen.theme_after_enter = await page.evaluate(() => document.documentElement.dataset.theme);
  await context.close();
  return seen;
}

const views = [];
const windows = [["light", 1400, 900], ["dark", 1400, 900], ["light", 360, 740]];
for (const [theme, width, height] of only ? windows.slice(0, 1) : windows) {
  views.push(await look(theme, width, height));
}
await browser.close();
process.stdout.write(JSON.stringify(views));
