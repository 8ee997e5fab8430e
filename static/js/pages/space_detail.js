/* The room: one socket for news, one connection for sound down, one for the microphone up. */

import { openDialog } from "../lib/dialogs.js";
import { $, $$, formatNumber, morph, post, texts } from "../lib/dom.js";
import { showLive } from "../lib/live_sign.js";
import { openSocket, socketUrl } from "../lib/socket.js";
import { toast } from "../lib/toasts.js";
import { mountAnnouncer } from "../space/announcer.js";
import { mountKeys } from "../space/keys.js";
import { Line } from "../space/line.js";
import { mountMeter } from "../space/meter.js";
import { decorate, readOwn } from "../space/own.js";
import { mountPlayer } from "../space/player.js";
import { mountPushToTalk } from "../space/push_to_talk.js";
import { mountTitle } from "../space/title.js";
import { mountToolbar } from "../space/toolbar.js";
import { mountVoice } from "../space/voice.js";
import { mountWakeLock } from "../space/wake_lock.js";

export function mount(root) {
  const say = texts();
  const controls = $(".controls", root);
  const gate = $("#gate", root);
  const status = $("[data-sound-status]", root);
  const levels = new Map();
  const wakeLock = mountWakeLock();
  const announce = mountAnnouncer(root);
  const meter = mountMeter($("[data-meter]", root), { say, announce });
  const toolbar = mountToolbar(controls);
  const title = mountTitle(root, say);

  let me = root.dataset.me;
  let own = readOwn(root, me);
  let isOver = root.dataset.state !== "live";
  let socketTrouble = 0;
  let isBlocked = false;
  /* Kept by the browser while it listened, and shown again. */
  let isReturning = false;

  // --- Sound ---

  const player = mountPlayer($("[data-down]", root), {
    title: root.dataset.spaceTitle,
    artist: root.dataset.host,
    onState(state) {
      isBlocked = state === "blocked";
      showSound(down.state);
    },
    onMicrophoneKey: toggleMicrophone,
  });
  const down = new Line({
    kind: "listen",
    send: (message) => socket.send(message),
    onTrack: (stream) => player.play(stream),
    onState: showSound,
    onSample: (sample) => meter.take("listen", sample),
    onUnheard: (sinceMs) => socket.renewIfSilent(sinceMs),
  });
  const voice = mountVoice(root, {
    say,
    own: () => own,
    onChange: showOwn,
    socket: {
      send: (message) => socket.send(message),
      onState(state) {
        wakeLock.want(state === "on");
        showMeter();
      },
      onSample: (sample) => meter.take("speak", sample),
      onUnheard: (sinceMs) => socket.renewIfSilent(sinceMs),
    },
  });
  const up = voice.line;
  const lines = [down, up];

  function showSound(state) {
    const shown = state === "trouble" ? "reconnecting" : state;
    /* A connection that stands, or is made anew, plays nothing by itself. */
    controls.dataset.sound = shown === "on" && isBlocked ? "blocked" : shown;
    showLive(controls.dataset.sound === "on");
    toolbar.refresh();
    showMeter();
    showStatus();
  }

  function showMeter() {
    meter.show({ sound: down.state, voice: own.microphone === "open" ? up.state : "off" });
  }

  function showStatus() {
    const sound = controls.dataset.sound;
    let text = "";
    if (isOver) text = "";
    else if (socketTrouble > 0) text = say("reconnecting", { attempt: socketTrouble });
    else if (sound === "starting") text = say("starting");
    else if (sound === "joining") text = joiningText(down.ahead);
    else if (sound === "full") text = say("full");
    else if (sound === "reconnecting") text = say("sound_reconnecting");
    else if (sound === "blocked") text = say("blocked");
    if (status.textContent !== text) status.textContent = text;
  }

  const joiningText = (ahead) =>
    ahead > 0 ? say("joining", { ahead: formatNumber(ahead) }) : say("joining_next");

  /* The door covers the page: nothing behind it may be reached by keyboard either. */
  function shutBehindDoor(isShut) {
    for (const part of [$(".skip"), $(".room-head", root), $("#main", root)]) part.inert = isShut;
  }

  function openDoor() {
    if (!gate?.isConnected) return;
    gate.remove();
    shutBehindDoor(false);
    /* The button that had the focus went with the door. */
    $("#main", root).focus({ preventScroll: true });
  }

  function listen() {
    openDoor();
    down.start();
    player.resume();
    if (isOnStage()) voice.resume();
  }

  // --- Own state, as the fragments tell it ---

  const isOnStage = () => own.role === "host" || own.role === "speaker";

  function showOwn() {
    controls.dataset.role = own.role;
    controls.dataset.microphone = voice.shown();
    controls.dataset.request = own.request;
    toolbar.refresh();
    showMeter();
  }

  function refreshOwn() {
    const before = own;
    own = readOwn(root, me);
    decorate(root, me, levels);
    voice.onNews(before);
    if (before.role !== own.role) {
      if (own.role === "speaker") toast(say("on_stage"), "good");
      if (before.role === "speaker" && !isOver) toast(say("off_stage"));
      if (!isOnStage()) voice.close();
    }
    if (own.microphone === "muted_by_crew" && before.microphone !== "muted_by_crew") {
      toast(say("muted_by_crew"), "danger");
    }
    showOwn();
    title.show({ isOver, isCrew: own.role === "host" });
  }

  function end() {
    isOver = true;
    root.dataset.state = "ended";
    openDoor();
    $("#end-dialog", root)?.close();
    voice.closeDialog();
    voice.close();
    down.stop();
    player.stop();
    refreshOwn();
    showStatus();
  }

  // --- News ---

  const handlers = {
    welcome(data) {
      me = data.me;
      /* Signed out on another page meanwhile. */
      if (!me) root.dataset.signedIn = "no";
      refreshOwn();
      if (isReturning) listen();
      isReturning = false;
    },
    talking({ levels: fresh }) {
      for (const [person, level] of Object.entries(fresh)) levels.set(person, level);
      decorate(root, me, levels);
    },
    "audience.changed"({ listeners }) {
      for (const element of $$("[data-listener-count]", root)) {
        element.textContent = formatNumber(listeners);
      }
    },
    "participant.role_changed"({ person, role }) {
      const name = $(`.tile[data-person="${person}"] .tile-name`, root)?.textContent.trim();
      if (person !== me && role === "speaker" && name) announce(say("came_up", { name }));
    },
    "request.changed"({ person, state, is_invitation: isInvitation }) {
      if (person === me && state === "declined" && !isInvitation) toast(say("declined"));
    },
    "space.ended": end,
    "media.offer"(data) {
      (data.kind === "speak" ? up : down).onOffer(data);
    },
    "media.ready"({ moved }) {
      for (const line of lines) if (moved || line.state !== "on") line.askSoon();
    },
    "media.starting"() {
      showSound("starting");
    },
    "media.joining"(data) {
      (data.kind === "speak" ? up : down).onJoining(data);
    },
    "media.full"() {
      for (const line of lines) line.onFull();
    },
    "media.failed"({ peer }) {
      for (const line of lines) line.onFailed(peer);
    },
    "media.refused"(data) {
      (data.kind === "speak" ? up : down).onRefused(data);
      if (!data.retryable) toast(data.message, "danger");
    },
    "media.replaced"({ peer }) {
      if (peer !== up.peer) return;
      voice.close();
      toast(say("elsewhere"));
    },
    refused({ code, message }) {
      /* Both are shown where they belong: the status line, and the page of the ended Space. */
      if (code === "media_starting") showSound("starting");
      else if (code !== "space_over") toast(message, "danger");
    },
  };

  function onMessage(frame) {
    if (frame.seq) root.dataset.version = frame.seq;
    if (frame.html) {
      morph(frame.html);
      if ($("#ended", root) && !isOver) end();
      refreshOwn();
    }
    handlers[frame.event]?.(frame.data);
  }

  function connect() {
    return openSocket({
      url: () => socketUrl(root.dataset.socketPath, { version: root.dataset.version }),
      onMessage,
      onState(state, attempt) {
        const wasAway = socketTrouble > 0;
        socketTrouble = state === "open" ? 0 : attempt;
        showStatus();
        /* The sound went on meanwhile, or it needs a new connection now. */
        if (state === "open" && wasAway) wakeLines({ isForgotten: true });
      },
      onWake: wakeLines,
    });
  }

  function wakeLines(how) {
    for (const line of lines) line.wake(how);
  }

  let socket = connect();

  // --- Controls ---

  const requestUrl = (verb) => `${root.dataset.requestsUrl}${own.requestId}/${verb}/`;

  async function press(button, url) {
    button.setAttribute("aria-busy", "true");
    const refusal = await post(url);
    button.removeAttribute("aria-busy");
    if (!refusal) return;
    /* The crew moved the person down meanwhile: the button for asking takes this one's place. */
    if (refusal.code === "must_ask") root.dataset.mayStepUp = "no";
    toast(refusal.message ?? say("failed"), "danger");
  }

  const acts = {
    listen,
    open: voice.open,
    mute: voice.mute,
    ask: (button) => press(button, root.dataset.askUrl),
    "step-up": (button) => press(button, root.dataset.stepUpUrl),
    "step-down": (button) => press(button, root.dataset.stepDownUrl),
    withdraw: (button) => press(button, requestUrl("withdraw")),
    "accept-invitation": (button) => press(button, requestUrl("accept")),
    "decline-invitation": (button) => press(button, requestUrl("decline")),
    login: () => window.location.assign(root.dataset.loginUrl),
    end: () => openDialog($("#end-dialog", root)),
    keys: () => openDialog($("#keys-dialog", root)),
    async leave(button) {
      if (own.role === "speaker") await press(button, root.dataset.stepDownUrl);
      window.location.assign(root.dataset.homeUrl);
    },
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) acts[button.dataset.do](button);
  });

  function toggleMicrophone() {
    if (!isOnStage() || isOver) return;
    if (voice.shown() === "open") voice.mute();
    else if (voice.shown() === "muted") voice.open();
  }

  mountKeys(root, {
    focusControls: toolbar.focus,
    keys: { "?": acts.keys, m: toggleMicrophone },
  });
  if (root.dataset.pushToTalk === "yes") {
    mountPushToTalk({
      mayStart: () =>
        isOnStage() && !isOver && voice.shown() === "muted" && !$("dialog[open], #gate", root),
      onHold(isHeld) {
        controls.dataset.held = isHeld ? "yes" : "no";
        if (isHeld) voice.open();
        else voice.mute();
      },
    });
  }

  /* A page that the browser keeps for its back button must hold nothing open either. */
  window.addEventListener("pagehide", () => {
    isReturning = down.isWanted;
    voice.close();
    down.stop();
    socket.close();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) socket = connect();
  });

  if (gate) shutBehindDoor(true);
  refreshOwn();
  if (isOver) end();
  /* A press before this would have been lost. */
  const opener = $("#gate [data-do]", root);
  if (opener) opener.disabled = false;
}

const root = $('[data-page="space"]');
if (root) mount(root);
