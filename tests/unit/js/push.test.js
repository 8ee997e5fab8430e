/* The switch for messages to this browser: each state, and that nothing is asked unasked. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

const KEY =
  "BPZ_GPVb5FGpdvW8Q8AKSZ0sCJ5nNK-v4wJSP4ZmNTqXWYdmG_2bEs6hVJkqOF0nYN2m3S8JBfGJoYYQoSJm1xU";
const STATES = ["off", "on", "denied", "unsupported", "unconfigured"];
let push;
let world;
let part;

const element = (dataset) => ({
  dataset,
  hidden: true,
  disabled: false,
  listeners: {},
  addEventListener(name, act) {
    this.listeners[name] = act;
  },
});

function subscriptionAt(endpoint) {
  return {
    endpoint,
    options: { applicationServerKey: push.bytesOf(KEY).buffer },
    toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
    unsubscribe: async () => {
      world.done.push(`unsubscribe ${endpoint}`);
      world.subscription = null;
    },
  };
}

function makePart() {
  const states = STATES.map((pushState) => element({ pushState }));
  const buttons = { "push-on": element({}), "push-off": element({}) };
  return {
    dataset: { stateUrl: "/push/", subscribeUrl: "/sub/", unsubscribeUrl: "/unsub/", failed: "no" },
    querySelectorAll: () => states,
    querySelector: (selector) => buttons[/"(push-\w+)"/.exec(selector)[1]],
    states,
    press: (name) => buttons[name].listeners.click(),
    shown: () => states.filter((each) => !each.hidden).map((each) => each.dataset.pushState),
  };
}

before(async () => {
  globalThis.document = {
    documentElement: { lang: "en" },
    getElementById: () => null,
    querySelector: () => ({ content: "token" }),
    body: { dispatchEvent() {} },
  };
  globalThis.window = { location: { href: "https://talks.example/" } };
  push = await import("../../../static/js/lib/push.js");
});

beforeEach(() => {
  world = {
    permission: "default",
    answer: "granted",
    known: { key: KEY, endpoint: null },
    subscription: null,
    status: 204,
    done: [],
  };
  const pushManager = {
    getSubscription: async () => world.subscription,
    subscribe: async ({ userVisibleOnly, applicationServerKey }) => {
      world.done.push(`subscribe ${userVisibleOnly} ${applicationServerKey.length}`);
      world.subscription = subscriptionAt("https://push.example/new");
      return world.subscription;
    },
  };
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { serviceWorker: { ready: Promise.resolve({ pushManager }) } },
  });
  globalThis.Notification = {
    get permission() {
      return world.permission;
    },
    requestPermission: async () => {
      world.done.push("ask");
      world.permission = world.answer;
      return world.answer;
    },
  };
  Object.assign(globalThis.window, { PushManager: {}, Notification: globalThis.Notification });
  globalThis.fetch = async (url, { method = "GET", body } = {}) => {
    if (method === "GET") return { ok: true, json: async () => world.known };
    world.done.push(`${url} ${body}`);
    const headers = new Headers();
    return { ok: world.status < 400, status: world.status, headers, text: async () => "" };
  };
  part = makePart();
});

test("it is off until somebody switches it on, and asks nothing before", async () => {
  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["off"]);
  assert.deepEqual(world.done, []);
});

test("pressing it asks, subscribes with the key, and tells the server", async () => {
  await push.mountPush(part);

  await part.press("push-on");

  assert.deepEqual(part.shown(), ["on"]);
  assert.deepEqual(world.done, [
    "ask",
    "subscribe true 65",
    "/sub/ endpoint=https%3A%2F%2Fpush.example%2Fnew&p256dh=p&auth=a",
  ]);
});

test("whoever says no is told how to change their mind", async () => {
  world.answer = "denied";
  await push.mountPush(part);

  await part.press("push-on");

  assert.deepEqual(part.shown(), ["denied"]);
  assert.deepEqual(world.done, ["ask"]);
});

test("a browser that refused before says so at once", async () => {
  world.permission = "denied";

  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["denied"]);
});

test("a browser without push says so", async () => {
  delete globalThis.window.PushManager;

  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["unsupported"]);
});

test("an instance without a key has no switch", async () => {
  world.known = { key: "", endpoint: null };

  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["unconfigured"]);
});

test("it is on where server and browser agree", async () => {
  world.subscription = subscriptionAt("https://push.example/one");
  world.known.endpoint = "https://push.example/one";

  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["on"]);
  assert.deepEqual(world.done, []);
});

test("a browser that moved to another address is told of anew", async () => {
  world.subscription = subscriptionAt("https://push.example/two");
  world.known.endpoint = "https://push.example/one";

  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["on"]);
  assert.equal(world.done.length, 1);
});

test("what somebody else left in this browser is not taken over unasked", async () => {
  world.subscription = subscriptionAt("https://push.example/theirs");

  await push.mountPush(part);

  assert.deepEqual(part.shown(), ["off"]);
  assert.deepEqual(world.done, []);
});

test("switching it off ends it at both ends", async () => {
  world.subscription = subscriptionAt("https://push.example/one");
  world.known.endpoint = "https://push.example/one";
  await push.mountPush(part);

  await part.press("push-off");

  assert.deepEqual(part.shown(), ["off"]);
  assert.deepEqual(world.done, ["/unsub/ ", "unsubscribe https://push.example/one"]);
});
