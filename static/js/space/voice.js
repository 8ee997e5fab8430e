/* The person's own microphone in a Space: open, muted, lost, and what the server is told of it. */

import { $, post } from "../lib/dom.js";
import { openDialog } from "../lib/dialogs.js";
import { toast } from "../lib/toasts.js";
import { Line } from "./line.js";
import { isGranted, mountMicrophoneCheck, openTrack, troubleOf } from "./microphone.js";

const UP_WITHIN_MS = 8_000;
/* The stage's news is here by then. */
const SETTLED_AFTER_MS = 700;
/* A microphone that ends sooner than this would only end again. */
const SHORTEST_TRACK_MS = 1_000;

/** Tells the server the newest wish only, one after another, and no "muted" that it knows. */
export class Teller {
  constructor(send) {
    this.send = send;
    this.told = "muted";
    this.wish = 0;
    this.last = Promise.resolve();
  }

  /** A new wish: what was wished before and is not told yet is not told any more. */
  next() {
    this.wish += 1;
    return this.wish;
  }

  isNewest(wish) {
    return wish === this.wish;
  }

  /** Resolves to null, or to the refusal. */
  tell(wish, state) {
    this.last = this.last.then(async () => {
      if (!this.isNewest(wish) || (state === "muted" && this.told === "muted")) return null;
      /* Until the answer is here it may be so or not: a mute must not be left out. */
      if (state === "open") this.told = "open";
      const refusal = await this.send(state);
      if (!refusal) this.told = state;
      return refusal;
    });
    return this.last;
  }
}

/**
 * own(): what the room shows of this reader (own.js). onChange() when what is shown of the microphone
 * changes. socket: {send, onSample, onUnheard, onState} of the line up (line.js).
 */
export function mountVoice(root, { say, own, onChange, socket }) {
  const dialog = $("#mic-dialog", root);
  const { openUrl, muteUrl } = root.dataset;
  const teller = new Teller((state) => post(state === "open" ? openUrl : muteUrl));
  /* The page may have been loaded anew while the microphone was open. */
  if (own().microphone === "open") teller.told = "open";
  let track = null;
  let closings = 0;
  /* Which one the track is of, for whoever has to open it again. */
  let microphone = null;
  /* What the person just did, shown before the server has said so. */
  let expected = null;

  const isOpen = () => shown() === "open";
  const line = new Line({ ...socket, kind: "speak", track: () => (isOpen() ? track : null) });

  /** The microphone as this page shows it: a mute by the crew counts at once, else the last press. */
  function shown() {
    const { microphone: said } = own();
    return said === "muted_by_crew" ? said : (expected ?? said);
  }

  function expect(state) {
    expected = state;
    onChange();
  }

  /* The stage's news may be here already, or a moment away; it decides from now on. */
  function settle(wish) {
    setTimeout(() => teller.isNewest(wish) && expect(null), SETTLED_AFTER_MS);
  }

  async function open() {
    if (expected === "open") return;
    let wish = teller.next();
    if (!track && dialog && !(await isGranted())) {
      if (!teller.isNewest(wish) || (await askInDialog()) !== "open") return;
      wish = teller.next();
    }
    if (!teller.isNewest(wish)) return;
    expect("open");
    try {
      if (!track) await takeTrack();
    } catch (error) {
      if (teller.isNewest(wish)) expect(null);
      toast(say(`mic_${error.name === "InsecureError" ? "insecure" : troubleOf(error)}`), "danger");
      return;
    }
    if (!teller.isNewest(wish)) return;
    line.start();
    await line.setTrack(track);
    if (!(await isUp(wish))) {
      if (!teller.isNewest(wish)) return;
      expect(null);
      /* A line that was refused has told why. */
      if (line.isWanted) toast(say("up_failed"), "danger");
      return;
    }
    const refusal = await teller.tell(wish, "open");
    if (refusal) {
      /* Nobody is heard through it: the browser's own sign of an open microphone goes out too. */
      if (teller.isNewest(wish)) close();
      toast(refusal.message ?? say("failed"), "danger");
      return;
    }
    settle(wish);
  }

  async function mute() {
    const wish = teller.next();
    /* Silent before the server knows. */
    expect("muted");
    line.setTrack(null);
    const refusal = await teller.tell(wish, "muted");
    if (refusal && refusal.code !== "not_allowed_speak") {
      toast(refusal.message ?? say("failed"), "danger");
    }
    settle(wish);
  }

  /* The stage says open, but this page has no microphone yet: it was reloaded, or came anew. */
  async function resume() {
    if (own().microphone !== "open" || line.isWanted) return;
    if (await isGranted()) await open();
    else await teller.tell(teller.next(), "muted");
  }

  function close() {
    closings += 1;
    teller.next();
    track?.removeEventListener("ended", lose);
    track?.stop();
    track = null;
    line.stop();
    expect(null);
  }

  const isUp = (wish) =>
    new Promise((resolve) => {
      const deadline = performance.now() + UP_WITHIN_MS;
      const look = () => {
        if (line.state === "on") resolve(true);
        else if (performance.now() > deadline || !line.isWanted || !teller.isNewest(wish)) {
          resolve(false);
        } else setTimeout(look, 30);
      };
      look();
    });

  function askInDialog() {
    /* Escape keeps the value of last time, and must not open the microphone. */
    dialog.returnValue = "later";
    openDialog(dialog);
    check.start();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    }).finally(() => check.stop());
  }

  async function takeTrack(device) {
    const mine = closings;
    const fresh = await openTrack(device);
    /* Closed, or opened by a later press, while the browser asked. */
    if (mine !== closings || track) {
      fresh.stop();
      return;
    }
    track = fresh;
    track.addEventListener("ended", lose);
    microphone = { device: track.getSettings().deviceId, openedAt: Date.now() };
  }

  async function lose() {
    track = null;
    if (isOpen() && (await takeTrackAgain())) return;
    if (isOpen()) mute();
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
    if (line.isWanted) await line.setTrack(isOpen() ? track : null);
    else close();
    return true;
  }

  const check =
    dialog &&
    mountMicrophoneCheck(dialog, say, {
      async onDeviceChange() {
        if (!track) return;
        track.stop();
        track = null;
        await takeTrack();
        if (isOpen()) await line.setTrack(track);
      },
    });

  return {
    line,
    shown,
    open,
    mute,
    resume,
    close,
    closeDialog: () => dialog?.close(),
    /** The stage was drawn anew. before: what was shown of this reader then. */
    onNews(before) {
      const { microphone: said } = own();
      if (said === before.microphone) return;
      teller.told = said === "open" ? "open" : "muted";
      if (said === "muted_by_crew") {
        teller.next();
        expected = null;
      }
      line.setTrack(isOpen() ? track : null);
    },
  };
}
