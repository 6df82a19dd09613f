// What the portal can do more comfortably with a script; everything works without it.
const dark = () => document.documentElement.dataset.theme
  ? document.documentElement.dataset.theme === "dark"
  : matchMedia("(prefers-color-scheme: dark)").matches;

const button = document.querySelector("[data-theme-toggle]");
const name = () => { button.textContent = dark() ? "Light" : "Dark"; };
if (button) {
  button.hidden = false;
  name();
  button.addEventListener("click", () => {
    const wanted = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = wanted;
    localStorage.setItem("theme", wanted);
    name();
  });
}

for (const copy of document.querySelectorAll("[data-copy]")) {
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    copy.textContent = "Copied";
  });
}
