/* What leads this reader to the stage, and why it may lead no further: the rules of the Space, which
   everybody may know, and what the reader alone is. */

import { $, $$, formatNumber } from "../lib/dom.js";

/**
 * rules: {whoMaySpeak, takesRequests, whoMayComment, speakers, places}.
 * reader: {isSignedIn, role, request, isFollowed, isCoHosting, mustAsk}.
 * → {way: "none", "login", "ask" or "step-up"; why: key of a sentence, or ""; canComment}
 */
export function wayToStage(rules, reader) {
  const stays = { way: "none", why: "", canComment: false };
  if (reader.role !== "none" && reader.role !== "listener") return stays;
  if (reader.request === "invited") return stays;
  if (reader.isCoHosting) return { ...stays, way: "step-up" };
  const { whoMaySpeak, takesRequests } = rules;
  const isFull = rules.speakers >= rules.places;
  if (reader.request === "pending") return { ...stays, why: isFull ? "why_full_in_line" : "" };
  const isOpen = whoMaySpeak !== "invited";
  if (!reader.isSignedIn) {
    return isOpen || takesRequests ? { ...stays, way: "login" } : { ...stays, why: "why_invited" };
  }
  const isAmong = whoMaySpeak === "everyone" || (whoMaySpeak === "followed" && reader.isFollowed);
  if (isAmong && !reader.mustAsk && !isFull) return { ...stays, way: "step-up" };
  if (takesRequests) return { ...stays, way: "ask", why: whyAsk() };
  return { way: "none", why: whyClosed(), canComment: rules.whoMayComment === "everyone" };

  function whyAsk() {
    if (isFull) return "why_full";
    if (reader.mustAsk && isOpen) return "why_must_ask";
    return whoMaySpeak === "followed" && !isAmong ? "why_not_followed" : "";
  }

  function whyClosed() {
    if (isAmong) return reader.mustAsk ? "why_must_wait" : "why_full_closed";
    return whoMaySpeak === "followed" ? "why_followed" : "why_invited";
  }
}

/** Keeps the reader's button and the sentence beside it right. */
export function mountRules(room) {
  const { root, say } = room;
  const controls = $(".controls", root);
  const sentence = $("[data-why]", root);

  function show() {
    const stage = $("#stage", root);
    if (!stage) return;
    const { role, request, requestId, microphone } = room.own;
    const isOwn = (row) => row.dataset.request === requestId;
    /* Seated: from here on the way up is the rules' again, should they step down. */
    if (role === "co_host") root.dataset.isCoHosting = "no";
    /* Back on stage is back in favour. */
    if (room.isOnStage) root.dataset.mustAsk = microphone === "muted_by_crew" ? "yes" : "no";
    const { whoMaySpeak, whoMayComment } = stage.dataset;
    const takesRequests = stage.dataset.takesRequests === "yes";
    const speakers = Number(stage.dataset.speakers);
    const places = Number(stage.dataset.places);
    const { way, why, canComment } = wayToStage(
      { whoMaySpeak, takesRequests, whoMayComment, speakers, places },
      {
        isSignedIn: room.isSignedIn,
        role,
        request,
        isFollowed: root.dataset.isFollowed === "yes",
        isCoHosting: root.dataset.isCoHosting === "yes",
        mustAsk: root.dataset.mustAsk === "yes",
      },
    );
    controls.dataset.way = way;
    const values = {
      host: root.dataset.host,
      speakers: formatNumber(speakers),
      places: formatNumber(places),
      place: formatNumber(1 + $$(".qrow", root).findIndex(isOwn)),
    };
    const sentences = [why, canComment && "why_comment"].filter(Boolean);
    const text = sentences.map((key) => say(key, values)).join(" ");
    if (sentence.textContent !== text) sentence.textContent = text;
  }

  room.on({ drawn: show });
}
