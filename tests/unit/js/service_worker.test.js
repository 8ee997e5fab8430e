/* What the service worker shows and opens, whatever a message says. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(
  new URL("../../../static/js/service_worker.js", import.meta.url),
  "utf8",
);
const KEPT = {
  version: "1",
  page: "/offline/",
  files: [],
  name: "Harbour Talks",
  icon: "/icon.png",
  badge: "/badge.png",
};
let world;

beforeEach(() => {
  const handlers = {};
  world = { handlers, shown: [], opened: [], focused: [], closed: 0, tabs: [] };
  const self = {
    location: { origin: "https://talks.example" },
    addEventListener: (name, act) => {
      handlers[name] = act;
    },
    registration: {
      showNotification: async (title, options) => world.shown.push({ title, ...options }),
    },
    clients: {
      matchAll: async () => world.tabs,
      openWindow: async (address) => world.opened.push(address),
    },
  };
  vm.runInNewContext(SOURCE, { KEPT, self, caches: {}, URL, fetch });
});

async function run(name, fields) {
  let promise;
  world.handlers[name]({
    ...fields,
    waitUntil: (given) => {
      promise = given;
    },
  });
  await promise;
}

const push = (text) =>
  run("push", { data: text === null ? null : { json: () => JSON.parse(text) } });

const click = (path) =>
  run("notificationclick", {
    notification: {
      data: { path },
      close: () => {
        world.closed += 1;
      },
    },
  });

const tab = (url) => ({ url, focus: async () => world.focused.push(url) });

test("a message is shown with its words, tag and the instance's pictures", async () => {
  await push('{"title":"Hana is live","body":"You follow them","path":"/spaces/1/","tag":"live:1"}');

  assert.deepEqual(JSON.parse(JSON.stringify(world.shown)), [
    {
      title: "Hana is live",
      body: "You follow them",
      tag: "live:1",
      data: { path: "/spaces/1/" },
      icon: "/icon.png",
      badge: "/badge.png",
      renotify: true,
    },
  ]);
});

test("what cannot be read is shown as the bare name, since something has to be", async () => {
  await push("nonsense");
  await push(null);

  assert.deepEqual(
    world.shown.map(({ title }) => title),
    ["Harbour Talks", "Harbour Talks"],
  );
});

test("a click closes it and opens its page", async () => {
  await click("/spaces/1/");

  assert.deepEqual(world.opened, ["https://talks.example/spaces/1/"]);
  assert.equal(world.closed, 1);
});

test("a tab that is there already comes to the front", async () => {
  world.tabs = [tab("https://talks.example/"), tab("https://talks.example/spaces/1/?via=x")];

  await click("/spaces/1/");

  assert.deepEqual(world.focused, ["https://talks.example/spaces/1/?via=x"]);
  assert.deepEqual(world.opened, []);
});

for (const path of [
  "https://evil.example/",
  "//evil.example/",
  "\\\\evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  undefined,
]) {
  test(`only pages of this site are opened: ${path}`, async () => {
    await click(path);

    assert.deepEqual(world.opened, ["https://talks.example/"]);
  });
}
