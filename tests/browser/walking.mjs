// What every walk through pages shares: a browser, watching what it loads, and one page in every look with axe.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.SLUICE_NODE_PACKAGES);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LOOKS = [["desk", { width: 1280, height: 900 }, "light"], ["phone", { width: 360, height: 740 }, "dark"]];
const NARROWEST = { width: 320, height: 640 };
export const DESK = { viewport: LOOKS[0][1], colorScheme: "light" };
export const given = JSON.parse(process.argv[2]);
export const found = { violations: [], requests: [], errors: [], wide: [], pages: 0 };

export const watched = (page) => {
  page.on("request", (request) => { if (!request.url().startsWith(given.base)) found.requests.push(request.url()); });
  page.on("console", (message) => { if (message.type() === "error") found.errors.push(`${page.url()}: ${message.text()}`); });
  page.on("pageerror", (error) => found.errors.push(`${page.url()}: ${error}`));
  return page;
};

export const signIn = async (page, person) => {
  await page.getByLabel("Person").selectOption(person);
  await page.getByRole("button", { name: "Sign in" }).first().click();
};

// One page in every look: the state of the page stays, only its width and its scheme change.
export async function look(page, name) {
  for (const [profile, viewport, colorScheme] of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${given.folder}/${name}-${profile}.png`, fullPage: true });
    await page.evaluate(axe);
    const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), STANDARDS);
    for (const each of violations) {
      found.violations.push({ page: name, profile, rule: each.id, nodes: each.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`) });
    }
    found.pages += 1;
  }
  await page.setViewportSize(NARROWEST);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) found.wide.push({ page: name, overflow });
  await page.setViewportSize(DESK.viewport);
  await page.emulateMedia({ colorScheme: DESK.colorScheme });
}

export async function browsing(story) {
  const browser = await chromium.launch({
    executablePath: given.chromium,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
  });
  try {
    await story(browser);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(found));
}
