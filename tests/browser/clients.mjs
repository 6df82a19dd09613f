// Works in the client portal as a sponsor and a project lead would, once in German and once without a script.
// In: JSON on the command line {base, chromium, folder, project, milestones, invoice}. Out: JSON on standard output.
import { browsing, DESK, found, given, look, signIn, watched } from "./walking.mjs";

const at = (path) => `${given.base}/client${path}`.replace(/\/$/, "");
const plain = (text) => text.replace(/\s+/g, " ").trim();

async function sponsor(browser) {
  const context = await browser.newContext({ ...DESK, locale: "de-DE" });
  const page = watched(await context.newPage());
  await page.goto(at("/"));
  await signIn(page, "clara.client");
  await page.waitForURL("**/client");
  found.home = plain(await page.locator("main").innerText());
  found.way = await page.getByRole("navigation", { name: "Client portal" }).getByRole("link").allInnerTexts();
  await look(page, "home");
  await page.goto(at(`/engagements/${given.project}`));
  found.engagement = plain(await page.locator("main").innerText());
  await look(page, "engagement");

  await page.goto(at(`/engagements/${given.project}/milestones/${given.milestones[1]}`));
  await page.getByLabel("What is missing").fill("??");
  await page.getByRole("button", { name: "Decline the milestone" }).click();
  await page.getByText("say it in words").waitFor();
  found.kept = await page.getByLabel("What is missing").inputValue();
  await look(page, "milestone-refused");
  found.errors = found.errors.filter((each) => !each.includes("422"));
  await page.getByLabel("What is missing").fill("the runbooks are missing");
  await page.getByRole("button", { name: "Decline the milestone" }).click();
  await page.getByText("Declined. Delivery has to answer").waitFor();

  await page.goto(at("/invoices"));
  found.invoices = plain(await page.locator("main").innerText());
  await look(page, "invoices");
  await page.locator("tr[data-row] a").first().click();
  await page.waitForURL("**/client/invoices/*");
  await page.locator("td summary").first().click();
  found.invoice = plain(await page.locator("main").innerText());
  await look(page, "invoice");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Electronic invoice" }).click()]);
  found.file = [file.suggestedFilename(), (await (await file.createReadStream()).toArray()).join("").includes("urn:cen.eu:en16931:2017")];
  await page.emulateMedia({ media: "print" });
  found.printed = [await page.locator("header.top").isVisible(), await page.getByLabel("What is wrong").isVisible(), await page.locator("table.document").isVisible()];
  await page.screenshot({ path: `${given.folder}/invoice-print.png`, fullPage: true });
  await page.emulateMedia({ media: "screen" });

  await page.getByLabel("What is disputed").fill("1000.00");
  await page.getByLabel("What is wrong").fill("the kick-off was half a day");
  await page.getByRole("button", { name: "Raise the dispute" }).click();
  await page.getByText("write it as 12.500,00").waitFor();
  found.errors = found.errors.filter((each) => !each.includes("422"));
  await page.getByLabel("What is disputed").fill("1.000,00");
  await page.getByRole("button", { name: "Raise the dispute" }).click();
  await page.waitForURL("**/client/disputes/*");
  found.dispute = plain(await page.locator("main").innerText());
  await look(page, "dispute");
  await page.goto(at("/disputes"));
  await look(page, "disputes");
  await page.goto(at("/payments"));
  found.payments = plain(await page.locator("main").innerText());
  await look(page, "payments");
  await page.goto(at("/"));
  found.after = plain(await page.locator("main").innerText());
  await context.close();
}

async function withoutScript(browser) {
  const context = await browser.newContext({ ...DESK, locale: "en-GB", javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(at(`/engagements/${given.project}/milestones/${given.milestones[2]}`));
  await signIn(page, "clara.client");
  await page.getByLabel("Reference of a signed protocol").fill("ACC-7");
  await page.getByRole("button", { name: "Accept the milestone" }).click();
  await page.getByText("Accepted in your name.").waitFor();
  found.accepted = plain(await page.locator("section[aria-labelledby=milestones]").innerText());
  await context.close();
}

async function lead(browser) {
  const context = await browser.newContext({ ...DESK, locale: "fr-FR" });
  const page = watched(await context.newPage());
  await page.goto(at(`/engagements/${given.project}`));
  await signIn(page, "celine.client");
  await page.getByLabel("Title").fill("A second site");
  await page.getByLabel("What is asked").fill("The depot in Lyon as well");
  await page.getByLabel("Budget").fill("20 000,50");
  await page.getByRole("button", { name: "Ask for it" }).click();
  await page.getByText("The change request was sent.").waitFor();
  found.change = plain(await page.locator("main").innerText());
  await look(page, "change");
  await page.goto(at(`/engagements/${given.project}`));
  found.lead = plain(await page.locator("body").innerText());
  await page.goto(at("/invoices"));
  found.refused = plain(await page.locator("main").innerText());
  found.errors = found.errors.filter((each) => !each.includes("403"));
  await context.close();
}

async function rival(browser) {
  const context = await browser.newContext(DESK);
  const page = await context.newPage();
  await page.goto(at(`/engagements/${given.project}`));
  await signIn(page, "rita.rival");
  found.rival = plain(await page.locator("main").innerText());
  await context.close();
}

await browsing(async (browser) => {
  await sponsor(browser);
  await withoutScript(browser);
  await lead(browser);
  await rival(browser);
});
