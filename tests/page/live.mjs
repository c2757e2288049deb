// Opens the page at an address, says a line of it, and another once it has changed, and so on.
//   node live.mjs ADDRESS SELECTOR...

import { chromium } from "playwright-core";

const [address, ...selectors] = process.argv.slice(2);
const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(address);
for (const selector of selectors) {
  const found = await page.waitForSelector(selector, { timeout: 120_000 });
  console.log((await found.textContent()).replaceAll("\n", " "));
}
await browser.close();
