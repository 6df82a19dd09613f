// What a phone can do beside reading: a badge with the number that waits.
const badge = () => {
  const count = document.querySelector("[data-count]");
  if (count && navigator.setAppBadge) navigator.setAppBadge(Number(count.dataset.count)).catch(() => {});
};
badge();
document.addEventListener("htmx:afterSwap", badge);
