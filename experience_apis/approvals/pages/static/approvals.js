// What a phone can do beside reading: a badge with the number that waits, and decisions kept while there is no network.
const badge = () => {
  const count = document.querySelector("[data-count]");
  if (count && navigator.setAppBadge) navigator.setAppBadge(Number(count.dataset.count)).catch(() => {});
};
badge();
document.addEventListener("htmx:afterSwap", badge);

const told = document.getElementById("unsent");
const own = document.querySelector("script[data-worker]");
const KEEP = 12;

function line(text, each) {
  const place = document.createElement("p");
  place.append(text);
  if (!each) return place;
  const link = document.createElement("a");
  link.href = each.url.replace(/\/decision$/, "");
  link.textContent = "Look at it again";
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "plain small";
  drop.textContent = "Forget it";
  drop.addEventListener("click", () => navigator.serviceWorker.controller?.postMessage({ drop: each.key }));
  place.append(" ", link, " ", drop);
  return place;
}

function show({ unsent, sent, waits }) {
  const box = document.createElement("div");
  box.className = "notice warn";
  const waiting = unsent.filter((each) => !each.refused).length;
  if (waiting) box.append(line(`${waiting} ${waiting === 1 ? "decision waits" : "decisions wait"} to be sent.`));
  if (waits === 401) box.append(line("Sign in again, and they are sent."));
  for (const each of unsent.filter((one) => one.refused)) {
    box.append(line("A decision of yours was not taken: it stands otherwise now, or is no longer yours.", each));
  }
  if (sent) { box.className = "notice good"; box.append(line(`${sent} kept ${sent === 1 ? "decision was" : "decisions were"} sent and taken.`)); }
  if (box.childNodes.length) told.replaceChildren(box);
  else if (!told.querySelector(".good")) told.replaceChildren();
}

async function keep() {
  await navigator.serviceWorker.register(own.dataset.worker, { scope: own.dataset.scope });
  const { active } = await navigator.serviceWorker.ready;
  const links = [...document.querySelectorAll("[data-row] h3 a")].slice(0, KEEP).map((link) => link.href);
  if (document.getElementById("kept-copy").hidden) active.postMessage({ keep: [location.href, ...links] });
  active.postMessage({ send: true });
  addEventListener("online", () => active.postMessage({ send: true }));
}

if ("serviceWorker" in navigator && own) {
  navigator.serviceWorker.addEventListener("message", (event) => show(event.data));
  keep().catch(() => {});
  // Nothing of one person is left on the device for the next.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.action.endsWith("/portal/signout") || form.dataset.forgotten) return;
    event.preventDefault();
    const answer = new MessageChannel();
    const leave = () => {
      if (form.dataset.forgotten) return;
      form.dataset.forgotten = "yes";
      form.submit();
    };
    answer.port1.onmessage = leave;
    setTimeout(leave, 1_000);
    navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ forget: true }, [answer.port2]));
  }, { capture: true });
}
