/* The room: one socket for news, one connection for sound down, one for the microphone up. */

import { $, $$, formatNumber, morph, post, texts, toast } from "../lib/dom.js";
import { openSocket, socketUrl } from "../lib/socket.js";
import { Line } from "../space/line.js";
import { mountMeter } from "../space/meter.js";
import { isGranted, mountMicrophoneCheck, openTrack, troubleOf } from "../space/microphone.js";
import { decorate, readOwn } from "../space/own.js";
import { mountPlayer } from "../space/player.js";
import { mountWakeLock } from "../space/wake_lock.js";

const ANNOUNCE_EVERY_MS = 3_000;
const UP_WITHIN_MS = 8_000;
/* A microphone that ends sooner than this would only end again. */
const SHORTEST_TRACK_MS = 1_000;

export function mount(root) {
  const say = texts();
  const controls = $(".controls", root);
  const gate = $("#gate", root);
  const status = $("[data-sound-status]", root);
  const micDialog = $("#mic-dialog", root);
  const levels = new Map();
  const wakeLock = mountWakeLock();
  const announce = announcer(root);
  const meter = mountMeter($("[data-meter]", root), { say, announce });

  let me = root.dataset.me;
  let own = readOwn(root, me);
  let track = null;
  /* Which one the track is of, for whoever has to open it again. */
  let microphone = null;
  let isOver = root.dataset.state !== "live";
  let socketTrouble = 0;
  let isBlocked = false;
  /* Kept by the browser while it listened, and shown again. */
  let isReturning = false;
  /* What the person just did, shown before the server has said so. */
  let expectedMicrophone = null;

  // --- Sound ---

  const player = mountPlayer($("[data-down]", root), {
    title: document.title,
    artist: root.dataset.host,
    onState(state) {
      isBlocked = state === "blocked";
      showSound(down.state);
    },
    onMicrophoneKey: () => (own.microphone === "open" ? mute() : open()),
  });
  const down = new Line({
    kind: "listen",
    send: (message) => socket.send(message),
    onTrack: (stream) => player.play(stream),
    onState: showSound,
    onSample: (sample) => meter.take("listen", sample),
    onUnheard: (sinceMs) => socket.renewIfSilent(sinceMs),
  });
  const up = new Line({
    kind: "speak",
    send: (message) => socket.send(message),
    track: () => (own.microphone === "open" || expectedMicrophone === "open" ? track : null),
    onState(state) {
      wakeLock.want(state === "on");
      showMeter();
    },
    onSample: (sample) => meter.take("speak", sample),
    onUnheard: (sinceMs) => socket.renewIfSilent(sinceMs),
  });
  const lines = [down, up];

  function showSound(state) {
    const shown = state === "trouble" ? "reconnecting" : state;
    /* A connection that stands, or is made anew, plays nothing by itself. */
    controls.dataset.sound = shown === "on" && isBlocked ? "blocked" : shown;
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
    if (own.role === "host" || own.role === "speaker") resumeMicrophone();
  }

  /* The stage says open, but this page has no microphone yet: it was reloaded, or came anew. */
  async function resumeMicrophone() {
    if (own.microphone !== "open" || up.isWanted) return;
    if (await isGranted()) await open();
    else await post(root.dataset.muteUrl);
  }

  // --- The microphone ---

  async function open() {
    if (expectedMicrophone === "open") return;
    if (!track && micDialog && !(await isGranted()) && (await askInDialog()) !== "open") return;
    expectMicrophone("open");
    try {
      if (!track) await takeTrack();
    } catch (error) {
      expectMicrophone(null);
      showMicrophoneTrouble(error);
      return;
    }
    up.start();
    await up.setTrack(track);
    if (!(await isUp())) {
      expectMicrophone(null);
      /* A line that was refused has told why. */
      if (up.isWanted) toast(say("up_failed"), "danger");
      return;
    }
    const refusal = await post(root.dataset.openUrl);
    if (refusal) {
      /* Nobody is heard through it: the browser's own sign of an open microphone goes out too. */
      closeMicrophone();
      toast(refusal.message ?? say("failed"), "danger");
      return;
    }
    settleMicrophone();
  }

  async function mute() {
    /* Silent before the server knows. */
    expectMicrophone("muted");
    await up.setTrack(null);
    const refusal = await post(root.dataset.muteUrl);
    if (refusal && refusal.code !== "not_allowed_speak") {
      toast(refusal.message ?? say("failed"), "danger");
    }
    settleMicrophone();
  }

  function expectMicrophone(state) {
    expectedMicrophone = state;
    showOwn();
  }

  /* The stage's news may be here already, or a moment away; it decides from now on. */
  function settleMicrophone() {
    setTimeout(() => expectMicrophone(null), 700);
  }

  const isUp = () =>
    new Promise((resolve) => {
      const deadline = performance.now() + UP_WITHIN_MS;
      const look = () => {
        if (up.state === "on") resolve(true);
        else if (performance.now() > deadline || !up.isWanted) resolve(false);
        else setTimeout(look, 30);
      };
      look();
    });

  function askInDialog() {
    /* Escape keeps the value of last time, and must not open the microphone. */
    micDialog.returnValue = "later";
    micDialog.showModal();
    microphoneCheck.start();
    return new Promise((resolve) => {
      micDialog.addEventListener("close", () => resolve(micDialog.returnValue), { once: true });
    }).finally(() => microphoneCheck.stop());
  }

  function showMicrophoneTrouble(error) {
    const kind = error.name === "InsecureError" ? "insecure" : troubleOf(error);
    toast(say(`mic_${kind}`), "danger");
  }

  async function takeTrack(device) {
    track = await openTrack(device);
    track.addEventListener("ended", loseTrack);
    microphone = { device: track.getSettings().deviceId, openedAt: Date.now() };
  }

  async function loseTrack() {
    track = null;
    if (own.microphone === "open" && (await takeTrackAgain())) return;
    if (own.microphone === "open") mute();
    toast(say("mic_lost"), "danger");
  }

  /* A machine that slept may end a microphone that is still there: the same one, or none. */
  async function takeTrackAgain() {
    if (Date.now() - microphone.openedAt < SHORTEST_TRACK_MS || !(await isGranted())) return false;
    try {
      await takeTrack(microphone.device);
    } catch {
      return false;
    }
    if (up.isWanted) await up.setTrack(own.microphone === "open" ? track : null);
    else closeMicrophone();
    return true;
  }

  function closeMicrophone() {
    track?.removeEventListener("ended", loseTrack);
    track?.stop();
    track = null;
    up.stop();
    expectMicrophone(null);
  }

  const microphoneCheck =
    micDialog &&
    mountMicrophoneCheck(micDialog, say, {
      async onDeviceChange() {
        if (!track) return;
        track.stop();
        await takeTrack();
        if (own.microphone === "open") await up.setTrack(track);
      },
    });

  // --- Own state, as the fragments tell it ---

  function showOwn() {
    controls.dataset.role = own.role;
    controls.dataset.microphone =
      own.microphone === "muted_by_crew" ? own.microphone : (expectedMicrophone ?? own.microphone);
    controls.dataset.request = own.request;
    showMeter();
  }

  function refreshOwn() {
    const before = own;
    own = readOwn(root, me);
    decorate(root, me, levels);
    if (before.microphone === "open" && own.microphone !== "open") up.setTrack(null);
    if (before.role !== own.role) {
      if (own.role === "speaker") toast(say("on_stage"), "good");
      if (before.role === "speaker" && !isOver) toast(say("off_stage"));
      if (own.role !== "speaker" && own.role !== "host") closeMicrophone();
    }
    if (own.microphone === "muted_by_crew" && before.microphone !== "muted_by_crew") {
      toast(say("muted_by_crew"), "danger");
    }
    showOwn();
  }

  function end() {
    isOver = true;
    root.dataset.state = "ended";
    openDoor();
    $("#end-dialog", root)?.close();
    micDialog?.close();
    closeMicrophone();
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
      closeMicrophone();
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
    open,
    mute,
    ask: (button) => press(button, root.dataset.askUrl),
    "step-up": (button) => press(button, root.dataset.stepUpUrl),
    "step-down": (button) => press(button, root.dataset.stepDownUrl),
    withdraw: (button) => press(button, requestUrl("withdraw")),
    "accept-invitation": (button) => press(button, requestUrl("accept")),
    "decline-invitation": (button) => press(button, requestUrl("decline")),
    login: () => window.location.assign(root.dataset.loginUrl),
    end: () => $("#end-dialog", root).showModal(),
    async leave(button) {
      if (own.role === "speaker") await press(button, root.dataset.stepDownUrl);
      window.location.assign(root.dataset.homeUrl);
    },
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) acts[button.dataset.do](button);
  });
  /* A page that the browser keeps for its back button must hold nothing open either. */
  window.addEventListener("pagehide", () => {
    isReturning = down.isWanted;
    closeMicrophone();
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

/** Says who came up, to those who listen to the page: politely, merged, at most every 3 s. */
function announcer(root) {
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

const root = $('[data-page="space"]');
if (root) mount(root);
