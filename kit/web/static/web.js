// What pages can do more comfortably with a script; everything works without it.
const root = document.documentElement;
const dark = () => root.dataset.theme
  ? root.dataset.theme === "dark"
  : matchMedia("(prefers-color-scheme: dark)").matches;

const toggle = document.querySelector("[data-theme-toggle]");
if (toggle) {
  const named = () => { toggle.textContent = dark() ? "Light" : "Dark"; };
  toggle.hidden = false;
  named();
  toggle.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    named();
  });
}

for (const copy of document.querySelectorAll("[data-copy]")) {
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    copy.textContent = "Copied";
  });
}

// A form that was sent is not sent again by a second click; the key in it would make that harmless anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
});

const find = document.querySelector("[data-find]");
const keys = document.getElementById("keys");
const opener = document.querySelector("[data-keys-open]");
if (opener && keys) {
  opener.hidden = false;
  opener.addEventListener("click", () => keys.showModal());
}

// Rows are walked with j and k; the row whose link has the focus is the one that is meant.
const rows = () => [...document.querySelectorAll("[data-row]")];
const walk = (step) => {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
  const link = next.querySelector("a[href]");
  link?.focus();
  next.scrollIntoView({ block: "nearest" });
};
const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
let leading = false;
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (find) { event.preventDefault(); find.focus(); find.select(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || keys?.open) return;
  const key = event.key;
  if (leading) {
    leading = false;
    document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
    return;
  }
  if (key === "g") { leading = true; setTimeout(() => { leading = false; }, 1200); return; }
  if (key === "/" && find) { event.preventDefault(); find.focus(); return; }
  if (key === "?" && keys) { keys.showModal(); return; }
  if (key === "j") walk(1);
  else if (key === "k") walk(-1);
  else document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
});

// A page nobody looks at listens to nothing, because a browser opens six connections to one house and no more;
// looked at again it asks what it missed.
document.addEventListener("visibilitychange", () => {
  for (const each of window.htmx ? document.querySelectorAll("[sse-connect]") : []) {
    if (document.hidden) window.htmx.trigger(each, "htmx:beforeCleanupElement");
    else for (const name of ["htmx:afterProcessNode", "sse:changed"]) window.htmx.trigger(each, name);
  }
});

// A menu closes when one looks elsewhere.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

// All of a list, or none of it.
for (const all of document.querySelectorAll("[data-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)) box.checked = all.checked;
  });
}
