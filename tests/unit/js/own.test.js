/* What of the room is the reader's own, told from a room that is everybody's. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let decorate;
let readOwn;

before(async () => {
  /* Imported for morphing, which these two do not. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ decorate, readOwn } = await import("../../../static/js/space/own.js"));
});

/** An element with just what is asked of it. */
function element(kind, dataset) {
  const classes = new Set();
  const properties = new Map();
  return {
    kind,
    dataset,
    classes,
    classList: { toggle: (name, on) => (on ? classes.add(name) : classes.delete(name)) },
    style: {
      properties,
      setProperty: (name, value) => properties.set(name, value),
      removeProperty: (name) => properties.delete(name),
    },
  };
}

/** Reads `.kind[data-a="value"]` and lists of them: all that own.js asks for. */
function matches({ kind, dataset }, selector) {
  const [, wanted, name, value] = selector.trim().match(/^(?:\.(\w+))?\[data-(\w+)(?:="(.*)")?\]$/);
  return (!wanted || wanted === kind) && name in dataset && (!value || dataset[name] === value);
}

function room(...elements) {
  const all = (selector) =>
    elements.filter((each) => selector.split(",").some((part) => matches(each, part)));
  return { querySelectorAll: all, querySelector: (selector) => all(selector)[0] ?? null };
}

const tile = (person, role, microphone = "muted") => element("tile", { person, role, microphone });
const asking = (person, request) => element("qrow", { person, request });
const invited = (person, request) => element("tile", { invited: person, request });

test("somebody without an account has no role", () => {
  assert.equal(readOwn(room(tile("a", "host")), "").role, "none");
});

test("who is on stage is what their tile says", () => {
  const own = readOwn(room(tile("a", "host"), tile("b", "speaker", "open")), "b");

  assert.deepEqual(own, {
    role: "speaker",
    microphone: "open",
    request: "none",
    requestId: "",
    hand: "down",
    isActing: false,
    isAsked: false,
  });
});

test("who asked waits with a request", () => {
  const own = readOwn(room(tile("a", "host"), asking("b", "r1")), "b");

  assert.deepEqual(own, {
    role: "listener",
    microphone: "muted",
    request: "pending",
    requestId: "r1",
    hand: "down",
    isActing: false,
    isAsked: false,
  });
});

test("who is invited may answer", () => {
  const own = readOwn(room(invited("b", "r2")), "b");

  assert.deepEqual([own.request, own.requestId], ["invited", "r2"]);
});

test("everybody else listens", () => {
  const own = readOwn(room(tile("a", "host"), asking("b", "r1")), "c");

  assert.deepEqual([own.role, own.request], ["listener", "none"]);
});

test("only the reader's own rows are marked", () => {
  const [host, mine, request] = [tile("a", "host"), tile("b", "speaker"), asking("b", "r1")];

  decorate(room(host, mine, request), "b", new Map());

  assert.deepEqual(
    [host, mine, request].map(({ classes }) => classes.has("is-me")),
    [false, true, true],
  );
});

test("a reader who is nobody owns nothing", () => {
  const host = tile("a", "host");

  decorate(room(host), "", new Map());

  assert.equal(host.classes.has("is-me"), false);
});

test("whoever speaks is lit, by how loud they are", () => {
  const host = tile("a", "host", "open");

  decorate(room(host), "", new Map([["a", 0.456]]));

  assert.ok(host.classes.has("is-talking"));
  assert.equal(host.style.properties.get("--level"), "0.46");
});

test("who fell silent, or is muted, is not lit", () => {
  const silent = tile("a", "host", "open");
  const muted = tile("b", "speaker", "muted");
  const levels = new Map([
    ["a", 0.5],
    ["b", 0.5],
  ]);
  decorate(room(silent), "", levels);
  levels.set("a", 0);

  decorate(room(silent, muted), "", levels);

  for (const each of [silent, muted]) {
    assert.equal(each.classes.has("is-talking"), false);
    assert.equal(each.style.properties.size, 0);
  }
});

test("who is asked to co-host is so whatever else they are", () => {
  const asked = element("tile", { asked: "a" });

  assert.equal(readOwn(room(tile("a", "speaker"), asked), "a").isAsked, true);
  assert.equal(readOwn(room(asked), "a").isAsked, true);
  assert.equal(readOwn(room(tile("b", "speaker"), asked), "b").isAsked, false);
});

test("a raised hand and acting for the host are read from the own tile", () => {
  const own = element("tile", { person: "a", role: "co_host", hand: "", acting: "" });

  const { hand, isActing } = readOwn(room(own), "a");

  assert.deepEqual({ hand, isActing }, { hand: "up", isActing: true });
});
