/* Says who came up, and the like, to those who listen to the page: politely, merged. */

const ANNOUNCE_EVERY_MS = 3_000;

export function mountAnnouncer(root) {
  const region = document.createElement("p");
  region.className = "vh";
  region.setAttribute("role", "status");
  root.append(region);
  let waiting = [];
  let timer = null;
  return (sentence) => {
    waiting.push(sentence);
    timer ??= setTimeout(() => {
      region.textContent = waiting.join(" ");
      waiting = [];
      timer = null;
    }, ANNOUNCE_EVERY_MS);
  };
}
