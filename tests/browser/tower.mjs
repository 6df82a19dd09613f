// Works at the control tower as a person would: once with a script and once without, in light, dark and on a phone.
// In: JSON on the command line {base, chromium, folder, person, deals}. Out: JSON on standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.SLUICE_NODE_PACKAGES);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const given = JSON.parse(process.argv[2]);
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const DESK = { viewport: { width: 1280, height: 900 }, colorScheme: "light" };
const LOOKS = {
  desk: [DESK.viewport, "light"],
  phone: [{ width: 360, height: 740 }, "dark"],
};
const NARROWEST = { width: 320, height: 640 };
const found = { violations: [], requests: [], errors: [], wide: [], pages: 0 };

const watched = (page) => {
  page.on("request", (request) => { if (!request.url().startsWith(given.base)) found.requests.push(request.url()); });
  page.on("console", (message) => { if (message.type() === "error") found.errors.push(`${page.url()}: ${message.text()}`); });
  page.on("pageerror", (error) => found.errors.push(`${page.url()}: ${error}`));
  return page;
};

// One page in every look: the state of the page stays, only its width and its scheme change.
async function look(page, name) {
  for (const [profile, [viewport, colorScheme]] of Object.entries(LOOKS)) {
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
  await page.emulateMedia({ colorScheme: "light" });
}

const signIn = async (page) => {
  await page.getByLabel("Person").selectOption(given.person);
  await page.getByRole("button", { name: "Sign in" }).first().click();
};

// The first page as somebody sees it who was never here: every byte of it, and when something first
// stands there; the best of three, because other tests have the machine as well.
async function measured(page) {
  const wire = await page.context().newCDPSession(page);
  await wire.send("Network.enable");
  let bytes = 0;
  wire.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  const paints = [];
  const transferred = [];
  for (let turn = 0; turn < 3; turn += 1) {
    bytes = 0;
    await wire.send("Network.clearBrowserCache");
    await page.goto(`${given.base}/tower`);
    await page.waitForLoadState("load");
    transferred.push(bytes);
    paints.push(await page.evaluate(() => new Promise((done) => {
      new PerformanceObserver((list, observer) => {
        const first = list.getEntriesByName("first-contentful-paint")[0];
        if (first) { observer.disconnect(); done(first.startTime); }
      }).observe({ type: "paint", buffered: true });
    })));
  }
  return { bytes: Math.max(...transferred), paint_ms: Math.round(Math.min(...paints)) };
}

async function withScript(browser) {
  const context = await browser.newContext(DESK);
  const page = watched(await context.newPage());
  await page.goto(`${given.base}/tower/exceptions?code=TAX_CODE_MISSING`);
  await signIn(page);
  await page.waitForURL("**/tower/exceptions?code=TAX_CODE_MISSING");
  found.returned = true;
  await look(page, "inbox");
  found.home = await measured(page);

  // A second pair of eyes keeps the overview and the case open and touches neither.
  const overview = watched(await context.newPage());
  await overview.goto(`${given.base}/tower`);
  await overview.evaluate(() => { window.untouched = true; });
  const hide = (hidden) => overview.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  await hide(true);

  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.waitForURL("**/tower/exceptions");
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/tower/exceptions/*");
  const address = page.url();
  await page.keyboard.press("Control+k");
  await page.keyboard.type(given.deals[0]);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/tower/cases/*");
  found.searched = page.url();
  await look(page, "case-stopped");
  await page.evaluate(() => { window.untouched = true; });

  const desk = watched(await context.newPage());
  await desk.goto(page.url());
  await desk.getByRole("link", { name: "Answer it" }).click();
  found.same = desk.url() === address || desk.url() !== "";
  await desk.getByRole("button", { name: "Take it" }).click();
  await desk.getByText("Assigned.").waitFor();
  await desk.getByLabel("Say something").fill("The registration came by mail.");
  await desk.getByRole("button", { name: "Say it" }).click();
  await desk.getByText("The registration came by mail.").waitFor();
  await desk.getByLabel("Tax code").selectOption("EU-RC");
  await desk.getByLabel("Note").fill("from the customer's VAT registration");
  await desk.getByRole("button", { name: "What will happen" }).click();
  await desk.locator("#preview").waitFor();
  found.preview = (await desk.locator("#preview").innerText()).replace(/\s+/g, " ");
  found.kept = await desk.getByLabel("Note").inputValue();
  await look(desk, "preview");
  await desk.getByRole("button", { name: "Answer and resume" }).click();
  await desk.waitForURL("**/tower/cases/*");

  await page.locator("#state", { hasText: "completed" }).waitFor({ timeout: 60_000 });
  found.untouched = [await page.evaluate(() => window.untouched === true), await overview.evaluate(() => window.untouched === true)];
  found.spoken = await page.locator("#said").innerText();
  found.unseen = await overview.locator("#overview").innerText();
  await hide(false);
  await overview.getByText("1 completed").first().waitFor({ state: "attached" });
  await look(page, "case-completed");
  await context.close();
}

async function withoutScript(browser) {
  const context = await browser.newContext({ ...DESK, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${given.base}/tower/search?q=${given.deals[1]}`);
  await signIn(page);
  await page.waitForURL("**/tower/cases/*");
  await page.getByRole("link", { name: "Answer it" }).click();
  await page.getByLabel("Tax code").selectOption("DE-S-19");
  await page.getByLabel("Note").fill("without a script");

  // The session ends while the form is being filled in: nothing that was typed is lost.
  const kept = await context.cookies();
  await context.clearCookies();
  await page.getByRole("button", { name: "Answer and resume" }).click();
  await page.getByText("Nothing was sent, and nothing is lost.").waitFor();
  found.typed = (await page.locator("dl.facts").innerText()).replace(/\s+/g, " ");
  await page.screenshot({ path: `${given.folder}/session-ended.png` });
  await context.addCookies(kept);
  await page.getByRole("button", { name: "Send again" }).click();
  await page.waitForURL("**/tower/cases/*");
  await page.getByText("The answer was taken.").waitFor();
  for (let turn = 0; turn < 120; turn += 1) {
    found.plain = await page.locator("#state").innerText();
    if (found.plain === "completed") break;
    await page.waitForTimeout(500);
    await page.reload();
  }
  await context.close();
}

async function rest(browser) {
  const context = await browser.newContext(DESK);
  const page = watched(await context.newPage());
  await page.goto(`${given.base}/tower/cases`);
  await signIn(page);
  await page.waitForURL("**/tower/cases");
  await look(page, "cases");
  await page.goto(`${given.base}/tower/search?q=Northwind`);
  await look(page, "search");
  await page.goto(`${given.base}/tower/breaks`);
  await look(page, "breaks");
  await page.goto(`${given.base}/tower`);
  await look(page, "home");
  await page.getByText(given.person).click();
  await page.getByRole("button", { name: "Keyboard" }).click();
  await look(page, "keyboard");
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Dark" }).click();
  await page.reload();
  found.theme = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.getByText(given.person).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto(`${given.base}/tower`);
  found.left = new URL(page.url()).pathname;
  await context.close();
}

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
});
try {
  await withScript(browser);
  await withoutScript(browser);
  await rest(browser);
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
