/* The offline page: look now and then whether the site is back, and open the page that was wanted. */

const LOOK_EVERY_MS = 5000;

async function look() {
  try {
    const answer = await fetch("/", { method: "HEAD", cache: "no-store" });
    if (!answer.ok) return;
    /* This page usually stands at the address of the one that was wanted. */
    const isItself = window.location.pathname === document.body.dataset.offlinePath;
    if (isItself) window.location.assign("/");
    else window.location.reload();
  } catch {
    /* Still away. */
  }
}

window.addEventListener("online", look);
setInterval(look, LOOK_EVERY_MS);
