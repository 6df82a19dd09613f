// Walks through the portal as a person would, in light, dark and on a phone; photographs each page and asks axe.
// In: JSON on the command line {base, chromium, folder, person}. Out: JSON on standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.SLUICE_NODE_PACKAGES);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const given = JSON.parse(process.argv[2]);
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PROFILES = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light", hasTouch: true, isMobile: true },
};
const found = { violations: [], requests: [], errors: [], wide: [], pages: 0, keys: [] };

async function look(page, profile, name) {
  await page.screenshot({ path: `${given.folder}/${name}-${profile}.png` });
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), STANDARDS);
  for (const each of violations) {
    found.violations.push({ page: name, profile, rule: each.id, nodes: each.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) });
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) found.wide.push({ page: name, profile, overflow });
  found.pages += 1;
}

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
});
try {
  for (const [profile, options] of Object.entries(PROFILES)) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on("request", (request) => {
      if (!request.url().startsWith(given.base)) found.requests.push(request.url());
    });
    page.on("console", (message) => { if (message.type() === "error") found.errors.push(`${page.url()}: ${message.text()}`); });
    page.on("pageerror", (error) => found.errors.push(`${page.url()}: ${error}`));
    const visit = async (path, name) => { await page.goto(given.base + path); await look(page, profile, name); };

    await visit("/portal", "catalogue");
    await visit("/portal/reference/partners", "reference");
    await visit("/portal/changes", "changes");
    await visit("/portal/signin", "signin");
    await page.getByLabel("Person").selectOption(given.person);
    await page.getByRole("button", { name: "Sign in" }).first().click();
    await page.waitForURL("**/portal/keys");
    await look(page, profile, "keys");
    await page.getByLabel("Name").fill(`night run ${profile}`);
    await page.getByRole("checkbox").first().check();
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.locator("#fresh").waitFor();
    found.keys.push(await page.locator("#fresh").textContent());
    await look(page, profile, "key-made");
    await page.getByRole("button", { name: /^Rotate/ }).first().click();
    await page.getByText("replaced, overlapping").first().waitFor();
    await look(page, profile, "key-rotated");
    await visit("/portal/operations/experience.approvals_queue", "operation");
    await page.getByRole("button", { name: "Send to the sandbox" }).click();
    await page.locator("#result").waitFor();
    found.tried = await page.locator("#result .tag").first().textContent();
    await look(page, profile, "tried");
    await visit("/portal/usage", "usage");
    await context.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
