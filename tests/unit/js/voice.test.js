/* What the server is told of a microphone, however quickly it is opened and muted. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let Teller;
let mountVoice;
let answers;
let sent;
let teller;

before(async () => {
  /* Imported for the dialog and the toasts, which the teller does not use. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ Teller, mountVoice } = await import("../../../static/js/space/voice.js"));
});

beforeEach(() => {
  sent = [];
  answers = [];
  teller = new Teller((state) => {
    sent.push(state);
    return new Promise((resolve) => answers.push(resolve));
  });
});

const want = (state) => teller.tell(teller.next(), state);
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function answer(refusal = null) {
  await settled();
  answers.shift()(refusal);
  await settled();
}

test("an opening that is taken back before it was told is not told", async () => {
  want("open");
  want("muted");
  await settled();

  assert.deepEqual(sent, []);
});

test("a mute waits until the server has answered the opening", async () => {
  want("open");
  await settled();
  want("muted");
  await settled();
  assert.deepEqual(sent, ["open"]);

  await answer();

  assert.deepEqual(sent, ["open", "muted"]);
});

test("a mute that the server knows of is not told", async () => {
  assert.equal(await want("muted"), null);

  assert.deepEqual(sent, []);
});

test("of many wishes while one is on its way only the newest is told", async () => {
  want("open");
  await settled();
  for (const state of ["muted", "open", "muted", "open", "muted"]) want(state);

  await answer();
  await answer();

  assert.deepEqual(sent, ["open", "muted"]);
});

test("a mute whose answer was lost is told again", async () => {
  want("open");
  await answer();
  want("muted");
  await answer({ code: "offline", message: null });

  want("muted");
  await settled();

  assert.deepEqual(sent, ["open", "muted", "muted"]);
});

test("an opening whose answer was lost may have been heard: the mute is told", async () => {
  want("open");
  await answer({ code: "offline", message: null });

  want("muted");
  await settled();

  assert.deepEqual(sent, ["open", "muted"]);
});

test("a refusal is handed on", async () => {
  const refusal = { code: "microphones_full", message: "Wait." };
  const told = want("open");
  await answer(refusal);

  assert.deepEqual(await told, refusal);
});

// --- The microphone of a page ---

class Track extends EventTarget {
  isStopped = false;

  stop() {
    this.isStopped = true;
  }

  getSettings() {
    return { deviceId: "built-in" };
  }
}

function room(microphone) {
  const asked = [];
  globalThis.document.querySelector = () => ({ content: "token" });
  globalThis.window = { location: { href: "/spaces/1/" } };
  globalThis.localStorage = { getItem: () => null };
  globalThis.isSecureContext = true;
  globalThis.fetch = async (url) => {
    sent.push(url);
    return { ok: true, headers: new Headers(), text: async () => "" };
  };
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: {
      mediaDevices: {
        getUserMedia: () => new Promise((resolve) => asked.push(resolve)),
      },
    },
  });
  const voice = mountVoice(
    { dataset: { openUrl: "/open/", muteUrl: "/mute/" }, querySelector: () => null },
    { say: (key) => key, own: () => ({ microphone }), onChange() {}, socket: { send() {} } },
  );
  const allow = async () => {
    const track = new Track();
    asked.shift()({ getAudioTracks: () => [track], getTracks: () => [track] });
    await settled();
    return track;
  };
  return { voice, allow };
}

test("a page loaded while the microphone was open tells the server to mute it", async () => {
  const { voice } = room("open");

  await voice.mute();

  assert.deepEqual(sent, ["/mute/"]);
});

test("a microphone that is allowed after the room was left is let go at once", async () => {
  const { voice, allow } = room("muted");
  voice.open();
  await settled();
  voice.close();

  const track = await allow();

  assert.ok(track.isStopped);
});
