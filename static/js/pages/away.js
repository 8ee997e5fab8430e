/*
 * Pages that stand in for another while the network or a part of the site is away: look now and then
 * whether it is back, and open what was wanted.
 */

/* Not all at once: whoever was turned away by a crowd must not come back as one. */
const SOONEST_MS = 3000;
const LATEST_MS = 6000;

async function look() {
  try {
    const answer = await fetch("/", { method: "HEAD", cache: "no-store" });
    if (!answer.ok) return;
    /* This page usually stands at the address of the one that was wanted; to look at, not to send. */
    const isItself = window.location.pathname === document.body.dataset.offlinePath;
    window.location.replace(isItself ? "/" : window.location.href);
  } catch {
    /* Still away. */
  }
}

function lookSoon() {
  setTimeout(() => look().finally(lookSoon), SOONEST_MS + Math.random() * (LATEST_MS - SOONEST_MS));
}

window.addEventListener("online", look);
lookSoon();
