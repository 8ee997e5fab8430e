/* The comments beside the stage: read in a window, written through an outbox, found again by revision. */

import { $, $$, formatNumber, keepRows, submit } from "../lib/dom.js";
import { serverNow } from "../lib/server_clock.js";
import { writeTimes } from "../lib/times.js";
import { toast } from "../lib/toasts.js";
import { closeForm, openForm } from "./comment_edit.js";
import { CommentFeed } from "./comment_feed.js";
import { Outbox } from "./comment_outbox.js";
import { CommentWindow } from "./comment_window.js";

/* Within so much of an end, more is loaded there; at most so far from it the reader is at it. */
const NEAR_PX = 600;
const AT_END_PX = 40;
const COUNT_BELOW = 40;
/* A comment that hangs would hold up those behind it. Sent twice, it is posted once. */
const SENT_WITHIN_MS = 15_000;

/** tabs: {show, count} of the panel. */
export function mountComments(room, tabs) {
  const { root, say } = room;
  const box = $("#comments", root);
  if (!box) return;
  const start = JSON.parse($("#comments-data").textContent);
  const hidden = new Set(start.hidden);
  const scroller = $("[data-scroller]", box);
  const list = $("[data-list]", box);
  const fresh = $('[data-do="comments-end"]', box);
  const composer = $("[data-composer]", box);
  const field = $("[data-field]", composer);
  const says = $("[data-says]", composer);
  const { url, profileUrl } = box.dataset;

  const known = new CommentWindow({ isHidden: ({ handle }) => hidden.has(handle) });
  const feed = new CommentFeed({ known, start, ask, onNews: draw, isOver: () => room.isOver });
  const nodes = new Map();
  let { follows_host: followsHost } = start;

  function mould(name) {
    const fresh = $(`[data-mould="${name}"]`, box).content.firstElementChild.cloneNode(true);
    const area = $("[data-field]", fresh);
    if (area) area.maxLength = start.length;
    return fresh;
  }
  field.maxLength = start.length;
  const rules = () => $("#comment-rules", root)?.dataset ?? {};

  // --- One comment ---

  function build(item) {
    if (item.deleted) return mark(mould("deleted"), item);
    const node = mark(mould("comment"), item);
    const face = $("[data-initials]", node);
    face.classList.add(`av-hue-${item.hue}`);
    face.textContent = item.initials;
    if (item.picture) {
      const picture = new Image(36, 36);
      Object.assign(picture, { className: "av-picture", alt: "", loading: "lazy" });
      picture.src = item.picture;
      face.after(picture);
    }
    const name = $("[data-name]", node);
    name.textContent = item.name;
    name.title = item.name;
    name.href = profileUrl.replace("HANDLE", item.handle);
    $("[data-body]", node).textContent = item.body;
    $("[data-edited]", node).hidden = !item.edited;
    $("time", node).dateTime = item.at;
    writeTimes(node);
    showStanding(node, item);
    return node;
  }

  function mark(node, { n, rev }) {
    node.dataset.number = n;
    node.dataset.rev = rev;
    return node;
  }

  /* What depends on who its author, and who the reader, is by now. */
  function showStanding(node, item) {
    const role = $(`.tile[data-person="${item.person}"]`, root)?.dataset.role;
    const tag = $("[data-role]", node);
    tag.hidden = !role;
    tag.textContent = role ? say(`role_${role}`) : "";
    const isMine = item.person !== "" && item.person === room.me;
    $(".comment-more", node)?.remove();
    if (!isMine && !room.isCrew) return;
    const more = mould("more");
    more.addEventListener("toggle", () => {
      const isYoung = serverNow() - new Date(item.at) < start.edit_s * 1000;
      $('[data-do="comment-edit"]', more).hidden = !isMine || !isYoung;
    });
    node.append(more);
  }

  // --- The window ---

  function draw() {
    if ($("[data-edit]", list)) known.isFollowing = false;
    const anchor = known.isFollowing ? null : firstInSight();
    const before = anchor?.getBoundingClientRect().top;
    const { shown } = known;
    const numbers = new Set(shown.map(({ n }) => n));
    for (const [number, node] of nodes) {
      if (numbers.has(number) || $("[data-edit]", node)) continue;
      node.remove();
      nodes.delete(number);
    }
    let place = list.firstElementChild;
    for (const item of shown) {
      /* Kept for what is being written in it. */
      while (place && !numbers.has(Number(place.dataset.number))) place = place.nextElementSibling;
      let node = nodes.get(item.n);
      if (node?.dataset.rev !== String(item.rev)) {
        const drawn = build(item);
        const hadFocus = node?.contains(document.activeElement);
        node?.replaceWith(drawn);
        if (hadFocus) ($("summary", drawn) ?? scroller).focus({ preventScroll: true });
        if (place === node) place = drawn;
        nodes.set(item.n, drawn);
        node = drawn;
      }
      if (node === place) place = place.nextElementSibling;
      else list.insertBefore(node, place);
    }
    if (known.isFollowing) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor?.isConnected) {
      scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    }
    showFresh();
  }

  function firstInSight() {
    const { top } = scroller.getBoundingClientRect();
    return [...list.children].find((node) => node.getBoundingClientRect().bottom > top);
  }

  function showFresh() {
    if (known.isFollowing && scroller.clientHeight > 0) known.see();
    const { waiting } = known;
    fresh.hidden = known.isFollowing || waiting === 0;
    $("[data-fresh]", fresh).textContent = say("comments_fresh", { count: formatNumber(waiting) });
    $("[data-empty]", box).hidden = known.top > 0 || outbox.entries.length > 0;
    tabs.count("comments", known.top);
  }

  function onScroll() {
    /* Put away with its tab: that is no scrolling. */
    if (scroller.clientHeight === 0) return;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    const isFollowing = below < AT_END_PX && known.isAtEnd;
    if (isFollowing !== known.isFollowing) {
      known.isFollowing = isFollowing;
      showFresh();
    }
    if (scroller.scrollTop < NEAR_PX) goUp();
    else if (below < NEAR_PX && !known.isAtEnd) goDown();
  }

  async function goUp() {
    /* A whole page may be of people whom the reader does not want to read. */
    while (known.isAtStart) if (!(await feed.loadOlder())) return;
    known.older();
    known.isFollowing &&= known.isAtEnd;
    draw();
  }

  function goDown() {
    if (known.end === known.numbers.length) {
      toEnd();
      return;
    }
    known.newer();
    draw();
  }

  async function toEnd() {
    if (known.isCut && !(await feed.loadNewest())) return;
    known.isFollowing = true;
    known.toEnd();
    draw();
  }

  async function ask(query) {
    try {
      const response = await fetch(`${url}?${new URLSearchParams(query)}`);
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  // --- News ---

  const handlers = {
    comments: (news) => feed.hear(news),
    welcome({ comments }) {
      feed.want(comments);
      outbox.wake();
      showRules();
    },
  };

  // --- Writing ---

  const outbox = new Outbox({
    /* Asked for each time: where a browser keeps nothing for sites, the question alone is an error. */
    storage: () => sessionStorage,
    key: `comments:${root.dataset.space}:${start.reader}`,
    async send({ id, body }) {
      const fields = { body, client_id: id };
      const signal = AbortSignal.timeout(SENT_WITHIN_MS);
      const answer = await submit(`${url}post/`, fields, { signal });
      if (answer.refusal?.code === "too_soon") waitFor(answer.refusal.retryAfterS);
      return answer;
    },
    onPosted(data) {
      waitFor(room.isCrew ? 0 : Number(rules().commentEveryS));
      feed.take([data]);
    },
    onChange: drawOutbox,
    onStuck({ state, message }) {
      const isRefused = state === "refused";
      room.announce(message || say(isRefused ? "comment_refused" : "comment_waits"));
    },
  });

  function drawOutbox() {
    keepRows($("[data-outbox]", box), outbox.entries, {
      build: () => mould("waiting"),
      write(row, { body, state, message }) {
        $("[data-body]", row).textContent = body;
        const isRefused = state === "refused";
        $("[data-state]", row).textContent =
          message || say(isRefused ? "comment_refused" : "comment_sending");
        row.classList.toggle("is-refused", isRefused);
        $("[data-choices]", row).hidden = !isRefused;
      },
    });
    if (known.isFollowing) scroller.scrollTop = scroller.scrollHeight;
    showFresh();
  }

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    field.focus();
    const body = field.value.trim();
    if (!body || freeAt > Date.now()) return;
    field.value = "";
    grow(field);
    showSays();
    toEnd();
    outbox.add(body);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (!event.target.matches("[data-field]")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  box.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-field]")) return;
    grow(target);
    if (target === field) showSays();
  });

  function grow(area) {
    area.rows = 1;
    while (area.scrollHeight > area.clientHeight && area.rows < 5) area.rows += 1;
  }

  // --- The pace ---

  let freeAt = 0;
  let ticking = null;

  function waitFor(seconds) {
    freeAt = Date.now() + seconds * 1000;
    clearInterval(ticking);
    ticking = setInterval(showSays, 500);
    showSays();
  }

  function showSays() {
    const left = Math.ceil((freeAt - Date.now()) / 1000);
    const isWaiting = left > 0 && !room.isCrew && Number(rules().commentEveryS) > 0;
    if (!isWaiting) {
      clearInterval(ticking);
      freeAt = 0;
    }
    $("button", composer).setAttribute("aria-disabled", String(isWaiting));
    const free = field.maxLength - field.value.length;
    let text = "";
    if (isWaiting) text = say("comment_wait", { seconds: formatNumber(left) });
    else if (free <= COUNT_BELOW) text = say("comment_left", { count: formatNumber(free) });
    if (says.textContent !== text) says.textContent = text;
  }

  /* Drawn by the server for all; which of it concerns this reader is known here. */
  function showRules() {
    const { whoMayComment, commentEveryS } = rules();
    let rule = "";
    if (whoMayComment === "off") rule = "off";
    else if (!room.isSignedIn) rule = "signed-out";
    else if (whoMayComment === "followers" && !followsHost && !room.isOnStage) rule = "followers";
    composer.hidden = rule !== "";
    if (rule === "" && Number(commentEveryS) > 0 && !room.isCrew) rule = "slowed";
    for (const line of $$("[data-rule]", root)) line.hidden = line.dataset.rule !== rule;
    showSays();
  }

  // --- What people do with comments ---

  const numberOf = (element) => Number(element.closest("[data-number]").dataset.number);
  const itemOf = (element) => known.items.get(numberOf(element));

  async function remove(button) {
    const { id } = itemOf(button);
    if (await room.press(button, `${url}${id}/delete/`)) return;
    toast(say("comment_deleted"), "good", { url: `${url}${id}/restore/`, isInPlace: true });
  }

  function edit(button) {
    const item = itemOf(button);
    const node = nodes.get(item.n);
    const form = mould("edit");
    const area = $("[data-field]", form);
    area.value = item.body;
    $(".comment-more", node).open = false;
    openForm(node, form, {
      save: (body) => submit(`${url}${item.id}/edit/`, { body }),
      onSaved(data) {
        /* Who was at the end before the form held them is there again. */
        onScroll();
        feed.take([data]);
        focusOnComment(item.n);
      },
      failed: say("failed"),
    });
    grow(area);
    area.focus();
  }

  function stopEditing(form) {
    const number = numberOf(form);
    closeForm(form);
    onScroll();
    focusOnComment(number);
  }

  function focusOnComment(number) {
    const node = nodes.get(number);
    /* It may have gone with its form, for which it was kept. */
    ((node && $("summary", node)) ?? scroller).focus();
  }

  room.can({
    "comments-end": toEnd,
    comment() {
      tabs.show("comments");
      if (composer.hidden) scroller.focus();
      else field.focus();
    },
    "comment-delete": remove,
    "comment-edit": edit,
    "comment-edit-cancel": (button) => stopEditing(button.closest("[data-edit]")),
    "comment-again"(button) {
      /* Nowhere to put it as long as nobody may write. */
      if (composer.hidden) return;
      const body = outbox.take(button.closest("[data-id]").dataset.id);
      field.value = [field.value, body].filter(Boolean).join("\n");
      grow(field);
      showSays();
      field.focus();
    },
    "comment-discard"(button) {
      outbox.take(button.closest("[data-id]").dataset.id);
      field.focus();
    },
  });

  /* A room draws its parts all the time; who is on stage, and who the reader is, changes seldom. */
  let drawnFor = standing();
  function standing() {
    const tiles = $$(".tile[data-person]", root).map(({ dataset }) => [
      dataset.person,
      dataset.role,
    ]);
    return JSON.stringify([room.me, room.isCrew, tiles]);
  }

  room.on({
    drawn() {
      showRules();
      const now = standing();
      if (now === drawnFor) return;
      drawnFor = now;
      for (const [number, node] of nodes) {
        if ($("[open], [data-edit]", node)) continue;
        /* Not known any more where it was kept for what was being written in it. */
        const item = known.items.get(number);
        if (item && !item.deleted) showStanding(node, item);
      }
    },
  });
  room.on(handlers);

  scroller.addEventListener("scroll", onScroll, { passive: true });
  /* Shown with its tab, or less high because somebody writes a long one. */
  new ResizeObserver(() => {
    if (scroller.clientHeight > 0) draw();
  }).observe(scroller);
  window.addEventListener("online", () => outbox.wake());
  /* Perhaps they followed the host on another page meanwhile. */
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || followsHost || rules().whoMayComment !== "followers") return;
    followsHost = (await ask({ since: feed.revision }))?.follows_host ?? followsHost;
    showRules();
  });

  showRules();
  draw();
  drawOutbox();
}
