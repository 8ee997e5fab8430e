/* The bar that tells who is live of those one follows. It never moves what is being read. */

import { $, morph } from "../lib/dom.js";

/* The server reads it, so that what was put away is not in the next page for a moment. */
const COOKIE = "bar_put_away";
const KEPT_S = 24 * 60 * 60;
const MOST_KEPT = 20;

/** Ids of the Spaces in a document's cookies whose bar was put away, the last one first. */
export function putAwayIn(cookies) {
  const [, value = ""] = cookies.match(new RegExp(`(?:^|; )${COOKIE}=([^;]*)`)) ?? [];
  return value.split(".").filter(Boolean);
}

export function withPutAway(cookies, space) {
  const others = putAwayIn(cookies).filter((each) => each !== space);
  const value = [space, ...others].slice(0, MOST_KEPT).join(".");
  return `${COOKIE}=${value}; path=/; max-age=${KEPT_S}; samesite=lax`;
}

/** place: holds the bar, if there is one. Returns show(html): empty where nobody is live. */
export function mountLiveBar(place) {
  const news = $("[data-live-bar-news]");
  const barIn = (root) => $("[data-live-bar]", root);

  function end(bar) {
    /* In the page it keeps its place: what stands below must not jump under a finger. */
    if ("cameLate" in place.dataset) {
      bar.remove();
      return;
    }
    bar.classList.add("is-over");
    $("[data-live-bar-way]", bar).removeAttribute("href");
    $("[data-live-bar-says]", bar).textContent = place.dataset.over;
  }

  function show(html) {
    place.dataset.isTold = "";
    const fresh = barIn(new DOMParser().parseFromString(html, "text/html"));
    const bar = barIn(place);
    if (!fresh || putAwayIn(document.cookie).includes(fresh.dataset.liveBar)) {
      if (bar && fresh?.dataset.liveBar !== bar.dataset.liveBar) end(bar);
      return;
    }
    const isNews = fresh.dataset.liveBar !== bar?.dataset.liveBar;
    if (bar) {
      morph(html);
    } else {
      place.dataset.cameLate = "";
      place.append(fresh);
    }
    if (isNews) news.textContent = $("[data-live-bar-says]", place).textContent;
  }

  place.addEventListener("click", (event) => {
    if (!event.target.closest("[data-live-bar-close]")) return;
    const bar = barIn(place);
    document.cookie = withPutAway(document.cookie, bar.dataset.liveBar);
    bar.remove();
  });

  return show;
}
