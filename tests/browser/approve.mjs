// An approver decides: on a phone, without a script, without a network, at a desk in light and dark.
// In: JSON on the command line {base, chromium, folder, person}. Out: JSON on standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.SLUICE_NODE_PACKAGES);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const given = JSON.parse(process.argv[2]);
// In the dark only colours differ, so only they are asked about again.
const COLOURS = { type: "rule", values: ["color-contrast"] };
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const DESK = { viewport: { width: 1280, height: 900 } };
const DEVICES = { phone: PHONE, desk: DESK };
const MORE = new Set(["phone-light", "desk-dark"]);
const found = { violations: [], requests: [], errors: [], wide: [], pages: 0, said: {} };

async function look(page, profile, name) {
  await page.screenshot({ path: `${given.folder}/${name}-${profile}.png`, fullPage: true });
  await page.evaluate(axe);
  const asked = profile.endsWith("dark") ? COLOURS : STANDARDS;
  const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), asked);
  for (const each of violations) {
    found.violations.push({ page: name, profile, rule: each.id, nodes: each.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) });
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) found.wide.push({ page: name, profile, overflow });
  found.pages += 1;
}

async function arrived(browser, options, { offline = false } = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("request", (request) => { if (!request.url().startsWith(given.base)) found.requests.push(request.url()); });
  if (options.javaScriptEnabled !== false && !offline) {
    page.on("console", (message) => { if (message.type() === "error") found.errors.push(`${page.url()}: ${message.text()}`); });
  }
  page.on("pageerror", (error) => found.errors.push(`${page.url()}: ${error}`));
  await page.goto(`${given.base}/approvals`);
  await page.getByLabel("Person").selectOption(given.person);
  await page.getByRole("button", { name: "Sign in" }).first().click();
  await page.waitForURL("**/approvals");
  return { context, page };
}

const open = (page, name) => page.getByRole("link", { name: `Change request: ${name}`, exact: true }).click();
const count = async (page) => Number(await page.locator("[data-count]").getAttribute("data-count"));

async function bothWays(page, device, name, { all = true } = {}) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    if (all || MORE.has(`${device}-${colorScheme}`)) await look(page, `${device}-${colorScheme}`, name);
  }
}

async function looksAround(browser) {
  for (const [device, options] of Object.entries(DEVICES)) {
    const { context, page } = await arrived(browser, options);
    await bothWays(page, device, "queue");
    await open(page, "One");
    await bothWays(page, device, "card");
    await page.goto(`${given.base}/approvals/delegations`);
    await bothWays(page, device, "delegations", { all: false });
    await page.goto(`${given.base}/approvals`);
    for (const name of ["Two", "Three"]) await page.getByLabel(`Pick Change request: ${name}`, { exact: true }).check();
    await page.getByRole("button", { name: "Decide what is ticked together" }).click();
    await page.getByRole("heading", { name: "Decide 2 together" }).waitFor();
    await bothWays(page, device, "together", { all: false });
    await context.close();
  }
}

async function withoutScript(browser) {
  const { context, page } = await arrived(browser, { ...PHONE, javaScriptEnabled: false });
  found.said.before = await count(page);
  await open(page, "One");
  await page.getByRole("button", { name: "Reject" }).click();
  found.said.refused = await page.locator("#f-comment-fault").textContent();
  await page.getByLabel("Comment", { exact: false }).first().fill("not within this budget");
  await page.getByRole("button", { name: "Reject" }).click();
  found.said.rejected = await page.locator(".notice.good").textContent();
  await page.getByRole("button", { name: "Undo" }).click();
  found.said.undone = await page.locator(".notice.good").textContent();
  await page.getByLabel("Comment", { exact: false }).first().fill("not within this budget");
  await page.getByRole("button", { name: "Reject" }).click();
  found.said.after = await count(page);
  await context.close();
}

async function withScript(browser) {
  const { context, page } = await arrived(browser, PHONE);
  for (const name of ["Two", "Three"]) await page.getByLabel(`Pick Change request: ${name}`, { exact: true }).check();
  await page.getByRole("button", { name: "Decide what is ticked together" }).click();
  await page.getByLabel("One comment for all of them").fill("agreed in the steering group");
  await page.getByRole("button", { name: "Approve 2" }).click();
  found.said.together = await page.getByRole("heading", { level: 1 }).textContent();
  await look(page, "phone-light", "decided");
  await context.close();
}

async function withoutNetwork(browser) {
  const { context, page } = await arrived(browser, PHONE, { offline: true });
  await page.evaluate(() => navigator.serviceWorker.ready);
  const cached = async () => page.evaluate(async () => (await (await caches.open("approvals-pages-1")).keys()).length);
  for (let turn = 0; turn < 100 && (await cached()) < 3; turn += 1) await page.waitForTimeout(50);
  await page.reload();
  await context.setOffline(true);
  await page.reload();
  found.said.offline = await page.locator("#kept-copy").textContent();
  await look(page, "phone-light", "offline");
  await open(page, "Four");
  await page.getByLabel("Comment", { exact: false }).first().fill("decided in the train");
  await page.getByRole("button", { name: "Approve" }).click();
  await page.waitForURL("**/approvals");
  found.said.waits = await page.locator("#unsent p").first().textContent();
  await look(page, "phone-light", "kept");
  await context.setOffline(false);
  await page.getByText("1 kept decision was sent and taken.").waitFor();
  await page.reload();
  found.said.left = await count(page);
  await page.locator("details.menu summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/portal");
  found.said.remembers = await page.evaluate(async () => (await (await caches.open("approvals-pages-1")).keys()).length);
  await context.close();
}

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
});
try {
  for (const part of [looksAround, withoutScript, withScript, withoutNetwork]) await part(browser);
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
