/* The room: one socket for news, one connection for sound down, one for the microphone up. */

import { openDialog } from "../lib/dialogs.js";
import { $, $$, formatNumber, morph } from "../lib/dom.js";
import { showLive } from "../lib/live_sign.js";
import { setServerClock } from "../lib/server_clock.js";
import { isRight, lookAgain } from "../lib/look_again.js";
import { openSocket, socketUrl } from "../lib/socket.js";
import { toast } from "../lib/toasts.js";
import { mountAnnouncer } from "../space/announcer.js";
import { mountComments } from "../space/comments.js";
import { mountKeys } from "../space/keys.js";
import { Line } from "../space/line.js";
import { mountMeter } from "../space/meter.js";
import { decorate } from "../space/own.js";
import { mountNaming } from "../space/naming.js";
import { mountNotices } from "../space/notices.js";
import { mountPeople } from "../space/people.js";
import { mountPins } from "../space/pins.js";
import { mountPlayer } from "../space/player.js";
import { mountPushToTalk } from "../space/push_to_talk.js";
import { mountReadingSeat } from "../space/reading_seat.js";
import { mountQueue } from "../space/queue.js";
import { mountReactions } from "../space/reactions.js";
import { Room } from "../space/room.js";
import { mountRules } from "../space/rules.js";
import { mountSettings } from "../space/settings.js";
import { mountShare } from "../space/share.js";
import { mountStage } from "../space/stage.js";
import { mountTabs } from "../space/tabs.js";
import { mountTalkTimes } from "../space/talk_times.js";
import { mountTitle } from "../space/title.js";
import { mountToolbar } from "../space/toolbar.js";
import { mountTurns } from "../space/turns.js";
import { mountVoice } from "../space/voice.js";
import { mountWakeLock } from "../space/wake_lock.js";

export function mount(root) {
  setServerClock(root.dataset.now);
  const room = new Room(root);
  const { say, levels } = room;
  const controls = $(".controls", root);
  const gate = $("#gate", root);
  const status = $("[data-sound-status]", root);
  const wakeLock = mountWakeLock();
  room.announce = mountAnnouncer(root);
  const meter = mountMeter($("[data-meter]", root), { say, announce: room.announce });
  const toolbar = mountToolbar(controls);
  const title = mountTitle(root, say);

  mountNotices(room);
  mountQueue(room);
  mountTalkTimes(room);
  mountTurns(room);
  /* Before what shows the buttons that they choose. */
  mountRules(room);
  mountSettings(room);
  mountPins(room);
  mountReactions(room);
  mountStage(room);
  mountPeople(room);
  mountShare(room);
  mountNaming(room);
  const tabs = mountTabs(room);
  mountComments(room, tabs);

  let socketTrouble = 0;
  let isBlocked = false;
  /* Kept by the browser while it listened, and shown again. */
  let isReturning = false;
  /* Since it was let in: a socket that drops does not take anybody out of the room. */
  let isInside = false;
  /* Whether the socket was opened from behind the page's door. */
  let isAtDoor = false;

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
    own: () => room.own,
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
    meter.show({ sound: down.state, voice: room.own.microphone === "open" ? up.state : "off" });
  }

  function showStatus() {
    const sound = controls.dataset.sound;
    let text = "";
    if (room.isOver) text = "";
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
    stepIn();
    /* The button that had the focus went with the door. */
    $("#main", root).focus({ preventScroll: true });
  }

  /* Until then nobody is counted or named: they may still choose not to be. */
  function stepIn() {
    room.send({ do: "enter" });
  }

  function listen() {
    openDoor();
    seat.leave();
    down.start();
    player.resume();
    if (room.isOnStage) voice.resume();
  }

  // --- Own state, as the fragments tell it ---

  function showOwn() {
    const { own } = room;
    controls.dataset.role = root.dataset.role = own.role;
    controls.dataset.microphone = voice.shown();
    controls.dataset.request = own.request;
    controls.dataset.hand = own.hand;
    controls.dataset.asked = own.isAsked ? "yes" : "no";
    controls.dataset.acting = root.dataset.acting = own.isActing ? "yes" : "no";
    toolbar.refresh();
    showMeter();
  }

  const isStage = (role) => ["host", "co_host", "speaker"].includes(role);

  function onDrawn({ before }) {
    const { own } = room;
    voice.onNews(before);
    if (isStage(before.role) !== isStage(own.role)) {
      if (isStage(own.role)) toast(say("on_stage"), "good");
      else {
        if (!room.isOver) toast(say("off_stage"));
        voice.close();
      }
    }
    if (own.microphone === "muted_by_crew" && before.microphone !== "muted_by_crew") {
      toast(say("muted_by_crew"), "danger");
    }
    showOwn();
    tabs.count("queue", Number($("#queue", root)?.dataset.waiting ?? 0));
    title.show({ isOver: room.isOver, isCrew: room.isCrew });
  }

  room.on({ drawn: onDrawn });

  function end() {
    room.isOver = true;
    root.dataset.state = "ended";
    openDoor();
    $("#end-dialog", root)?.close();
    voice.closeDialog();
    voice.close();
    down.stop();
    player.stop();
    room.refresh();
    room.tell("over");
    showStatus();
  }

  /* Removed, or not invited any more: the page that loads now says so. */
  function shutOut() {
    voice.close();
    down.stop();
    player.stop();
    if (!lookAgain()) status.textContent = say("shut_out");
  }

  // --- News ---

  const handlers = {
    welcome(data) {
      isRight();
      isInside = true;
      /* The door was opened before the socket was. */
      if (isAtDoor && !gate.isConnected) stepIn();
      room.me = data.me;
      /* Signed out on another page meanwhile. */
      if (!room.me) root.dataset.signedIn = "no";
      room.refresh();
      if (isReturning) listen();
      isReturning = false;
    },
    talking({ levels: fresh }) {
      for (const [person, level] of Object.entries(fresh)) levels.set(person, level);
      decorate(root, room.me, levels);
    },
    "audience.changed"({ listeners }) {
      for (const element of $$("[data-listener-count]", root)) {
        element.textContent = formatNumber(listeners);
      }
    },
    "participant.role_changed"({ person, role }) {
      const name = $(`.tile[data-person="${person}"] .tile-name`, root)?.textContent.trim();
      if (person !== room.me && isStage(role) && name) room.announce(say("came_up", { name }));
    },
    "request.changed"({ person, state, is_invitation: isInvitation }) {
      if (person === room.me && state === "declined" && !isInvitation) toast(say("declined"));
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

  room.on(handlers);

  function onMessage(frame) {
    if (frame.seq) root.dataset.version = frame.seq;
    if (frame.html) {
      morph(frame.html);
      if ($("#ended", root) && !room.isOver) end();
      room.refresh();
    }
    room.tell(frame.event, frame.data);
  }

  function connect() {
    return openSocket({
      url() {
        const { socketPath, version, cameFrom } = root.dataset;
        isAtDoor = Boolean(gate?.isConnected);
        return socketUrl(socketPath, {
          version,
          from: cameFrom,
          ...(isInside && { back: 1 }),
          ...(isAtDoor && { gate: 1 }),
        });
      },
      onMessage,
      onState(state, attempt) {
        if (state === "closed") {
          shutOut();
          return;
        }
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
  room.send = (message) => socket.send(message);

  // --- Controls ---

  const requestUrl = (verb) => `${root.dataset.requestsUrl}${room.own.requestId}/${verb}/`;

  room.can({
    listen,
    open: voice.open,
    mute: voice.mute,
    async "step-up"(button) {
      const refusal = await room.press(button, root.dataset.stepUpUrl);
      /* The crew moved the person down meanwhile: the button for asking takes this one's place. */
      if (refusal?.code !== "must_ask") return;
      root.dataset.mustAsk = "yes";
      room.refresh();
    },
    "step-down": (button) => room.press(button, root.dataset.stepDownUrl),
    withdraw: (button) => room.press(button, requestUrl("withdraw")),
    "accept-invitation": (button) => room.press(button, requestUrl("accept")),
    "decline-invitation": (button) => room.press(button, requestUrl("decline")),
    login: () => window.location.assign(root.dataset.loginUrl),
    end: () => openDialog($("#end-dialog", root)),
    keys: showKeys,
    async leave(button) {
      if (room.own.role === "speaker") await room.press(button, root.dataset.stepDownUrl);
      window.location.assign(root.dataset.homeUrl);
    },
  });

  function showKeys() {
    openDialog($("#keys-dialog", root));
  }

  function toggleMicrophone() {
    if (!room.isOnStage || room.isOver) return;
    if (voice.shown() === "open") voice.mute();
    else if (voice.shown() === "muted") voice.open();
  }

  mountKeys(root, {
    focusControls: toolbar.focus,
    keys: { "?": showKeys, m: toggleMicrophone },
  });
  if (root.dataset.pushToTalk === "yes") {
    mountPushToTalk({
      mayStart: () =>
        room.isOnStage &&
        !room.isOver &&
        voice.shown() === "muted" &&
        !$("dialog[open], #gate", root),
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
    isInside = false;
    voice.close();
    down.stop();
    socket.close();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) socket = connect();
  });

  if (gate) shutBehindDoor(true);
  room.refresh();
  if (room.isOver) end();
  const seat = mountReadingSeat(room, openDoor);
  /* A press before this would have been lost. */
  for (const opener of $$("#gate :disabled", root)) opener.disabled = false;
}

const root = $('[data-page="space"]');
if (root) mount(root);
