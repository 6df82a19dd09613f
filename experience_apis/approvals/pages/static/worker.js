// Keeps the queue readable without a network, and a decision that could not be sent until it can.
// Sending twice is harmless: each decision carries the key that was made when its form was drawn, and the mark of
// what was seen. Whether the decision is still possible is for the server to say; a refusal is shown, not swallowed.
const PAGES = "approvals-pages-1";
const FILES = "approvals-files-1";
const SCOPE = new URL(self.registration.scope).pathname;
const DECISION = /\/approvals\/[^/]+\/decision$/;
const MOST_PAGES = 40;
const KEPT_FOR_MS = 24 * 3_600_000;
const FRESH_FOR_MS = 5 * 60_000;
const PASSING = ["told", "decided"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  const ours = pathname === SCOPE || pathname.startsWith(`${SCOPE}/`);
  if (request.method === "POST" && ours && DECISION.test(pathname)) event.respondWith(decided(request));
  else if (request.method !== "GET") return;
  else if (pathname.includes("/static/")) event.respondWith(file(request));
  else if (ours && request.mode === "navigate") event.respondWith(page(request));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "decisions") event.waitUntil(send());
});

self.addEventListener("message", (event) => {
  const { keep, send: wanted, forget, drop } = event.data;
  if (keep) event.waitUntil(Promise.all(keep.map(prefetched)));
  if (wanted) event.waitUntil(send());
  if (drop) event.waitUntil(remove(drop).then(tell));
  if (forget) event.waitUntil(forgotten().then(() => event.ports[0]?.postMessage("forgotten")));
});

// ---------------------------------------------------------------- pages and files

function place(address) {
  const url = new URL(address);
  for (const name of PASSING) url.searchParams.delete(name);
  return url.href;
}

let reader = 0; // whoever reads now; what was asked for somebody who has left is not kept

async function kept(answer, address, asked = reader) {
  if (asked !== reader || !answer.ok || answer.redirected || !(answer.headers.get("content-type") ?? "").startsWith("text/html")) return;
  const headers = new Headers(answer.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  headers.set("x-kept-at", String(Date.now()));
  const cache = await caches.open(PAGES);
  await cache.put(place(address), new Response(await answer.blob(), { headers }));
  const names = await cache.keys();
  await Promise.all(names.slice(0, Math.max(0, names.length - MOST_PAGES)).map((name) => cache.delete(name)));
}

async function page(request) {
  const asked = reader;
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept(answer.clone(), request.url, asked);
    return answer;
  } catch {
    const found = await (await caches.open(PAGES)).match(place(request.url));
    if (!found || Date.now() - Number(found.headers.get("x-kept-at")) > KEPT_FOR_MS) return Response.error();
    const text = (await found.text()).replace('id="kept-copy" hidden', 'id="kept-copy"');
    return new Response(text, { headers: found.headers });
  }
}

async function prefetched(address) {
  const found = await (await caches.open(PAGES)).match(place(address));
  if (found && Date.now() - Number(found.headers.get("x-kept-at")) < FRESH_FOR_MS) return;
  const asked = reader;
  try { await kept(await fetch(address, { headers: { accept: "text/html" } }), address, asked); } catch { /* it stays unread */ }
}

async function file(request) {
  const cache = await caches.open(FILES);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function forgotten() {
  reader += 1;
  await Promise.all([caches.delete(PAGES), work("readwrite", (store) => store.clear())]);
}

// ---------------------------------------------------------------- decisions

async function decided(request) {
  const body = await request.clone().text();
  try {
    return await fetch(request);
  } catch {
    const sent = new URLSearchParams(body);
    await work("readwrite", (store) => store.put({ key: sent.get("_key"), url: request.url, body, at: Date.now(), refused: 0 }));
    self.registration.sync?.register("decisions").catch(() => {});
    return Response.redirect(self.registration.scope, 303);
  }
}

let sending = Promise.resolve();
const send = () => (sending = sending.then(sendAll, sendAll));

async function sendAll() {
  let sent = 0;
  for (const each of await work("readonly", (store) => store.getAll())) {
    if (each.refused) continue;
    let answer;
    try {
      answer = await fetch(each.url, {
        method: "POST",
        body: each.body,
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "text/html" },
      });
    } catch { break; }
    if (answer.ok && answer.redirected) {
      await remove(each.key);
      await caches.delete(PAGES);
      sent += 1;
    } else if (answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status)) {
      await work("readwrite", (store) => store.put({ ...each, refused: answer.status }));
    } else {
      await tell({ sent, waits: answer.status });
      return;
    }
  }
  await tell({ sent });
}

const remove = (key) => work("readwrite", (store) => store.delete(key));

async function tell(more = {}) {
  const unsent = (await work("readonly", (store) => store.getAll())).map(({ key, url, at, refused }) => ({ key, url, at, refused }));
  for (const client of await self.clients.matchAll()) client.postMessage({ unsent, ...more });
}

function work(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("approvals", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("decisions", { keyPath: "key" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const deal = opening.result.transaction("decisions", mode);
      const asked = act(deal.objectStore("decisions"));
      deal.oncomplete = () => { opening.result.close(); resolve(asked.result); };
      deal.onabort = () => { opening.result.close(); reject(deal.error); };
    };
  });
}
