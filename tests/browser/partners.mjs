// Works in the partner console as somebody of a partner would, then without a script; keys in the developer portal.
// In: JSON on the command line {base, chromium, folder, project, hook}. Out: JSON on standard output.
import { browsing, DESK, found, given, look, signIn, watched } from "./walking.mjs";

const at = (path) => `${given.base}/partner${path}`.replace(/\/$/, "");
const plain = (text) => text.replace(/\s+/g, " ").trim();
const minute = (ahead_s) => new Date(Date.now() + ahead_s * 1_000).toISOString().slice(0, 16);

async function until(page, selector, text) {
  for (let turn = 0; turn < 120; turn += 1) {
    const told = plain(await page.locator(selector).innerText());
    if (told.includes(text)) return told;
    await page.waitForTimeout(250);
    await page.reload();
  }
  throw new Error(`${text} never stood at ${page.url()}`);
}

async function withScript(browser) {
  const context = await browser.newContext({ ...DESK, locale: "en-GB" });
  const page = watched(await context.newPage());
  await page.goto(at("/"));
  await signIn(page, "pia.partner");
  await page.waitForURL("**/partner");
  await look(page, "projects");
  await page.goto(at(`/projects/${given.project}`));
  await page.getByLabel("A word to the delivery owner").first().fill("two of ours are free");
  await page.getByRole("button", { name: "Take note" }).first().click();
  await page.getByText("Noted in your name").waitFor();
  found.project = plain(await page.locator("main").innerText());
  await look(page, "project");

  await page.goto(at("/"));
  await page.getByRole("link", { name: "developer portal" }).click();
  await page.getByLabel("Name").fill("nightly");
  await page.getByText("engagements:*").click();
  await page.getByRole("button", { name: "Make the key" }).click();
  found.keys = [await page.locator("#fresh").innerText()];
  await page.getByRole("button", { name: /^Rotate nightly/ }).click();
  await page.locator("#fresh").waitFor();
  found.keys.push(await page.locator("#fresh").innerText());

  await page.goto(at("/webhooks"));
  await page.getByLabel("Address").fill(given.hook);
  await page.getByRole("button", { name: "Add the endpoint" }).click();
  await page.getByText("choose one at least").waitFor();
  found.errors = found.errors.filter((each) => !each.includes("422"));
  found.typed = await page.getByLabel("Address").inputValue();
  await look(page, "endpoints-refused");
  await page.getByText("project.provisioned").click();
  await page.getByLabel("Description").fill("orders desk");
  await page.getByRole("button", { name: "Add the endpoint" }).click();
  found.secrets = [await page.locator("#secret").innerText()];
  await look(page, "secret");
  await page.reload();
  found.again = await page.locator("#secret").innerText();
  await page.getByRole("link", { name: "It is kept" }).click();
  await page.waitForURL("**/partner/webhooks/*");
  const endpoint = page.url();
  found.hidden = (await page.content()).includes(found.secrets[0]);
  await look(page, "endpoint");
  await page.getByRole("button", { name: "Send a ping" }).click();
  found.pinged = await until(page, "tbody", "delivered");

  await page.getByLabel("From, UTC").fill(minute(-86_400));
  await page.getByLabel("Before, UTC").last().fill(minute(120));
  await page.getByRole("button", { name: "Send them again" }).click();
  await page.getByText("They go out again").waitFor();
  await page.goto(`${endpoint}/deliveries?state=delivered`);
  await until(page, "tbody", "project.provisioned");
  found.log = plain(await page.locator("main").innerText());
  await look(page, "deliveries");

  await page.goto(endpoint);
  await page.getByRole("button", { name: "Rotate the secret" }).click();
  await page.locator("#secret").waitFor();
  found.secrets.push(await page.locator("#secret").innerText());
  found.overlap = plain(await page.locator("main").innerText());
  await context.close();
  return endpoint;
}

async function withoutScript(browser, endpoint) {
  const context = await browser.newContext({ ...DESK, locale: "en-GB", javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${endpoint}/deliveries`);
  await signIn(page, "pia.partner");
  await page.getByRole("link", { name: "project.provisioned" }).click();
  await page.getByRole("button", { name: "Send it again" }).click();
  await page.getByText("It goes out again").waitFor();
  found.replayed = await until(page, "main", "Sent again 2 times");
  found.message = await until(page, "table", "2");
  await page.goto(endpoint);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused. Messages wait in line").waitFor();
  await page.getByRole("button", { name: "Tell it again" }).click();
  await page.getByText("It is told again.").waitFor();
  await context.close();
}

async function looked(browser, endpoint) {
  const context = await browser.newContext({ ...DESK, locale: "en-GB" });
  const page = watched(await context.newPage());
  await page.goto(`${endpoint}/deliveries`);
  await signIn(page, "pia.partner");
  await page.getByRole("link", { name: "project.provisioned" }).click();
  await look(page, "delivery");
  await page.goto(endpoint);
  await page.getByLabel("Its secrets and its log may go").check();
  await page.getByRole("button", { name: "Remove the endpoint" }).click();
  await page.getByText("The endpoint is removed").waitFor();
  found.left = plain(await page.locator("main").innerText());
  await context.close();
}

await browsing(async (browser) => {
  const endpoint = await withScript(browser);
  await withoutScript(browser, endpoint);
  await looked(browser, endpoint);
});
