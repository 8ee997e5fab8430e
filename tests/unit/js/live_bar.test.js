/* Which bars were put away, and for whom the bell rings. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en" } };
const { putAwayIn, withPutAway } = await import("../../../static/js/frame/live_bar.js");
const { mountBell, shownCount } = await import("../../../static/js/lib/bell.js");

test("nothing was put away at first", () => {
  assert.deepEqual(putAwayIn(""), []);
  assert.deepEqual(putAwayIn("theme=dark; not_bar_put_away=a"), []);
});

test("what is put away is found again among other cookies", () => {
  const cookie = withPutAway("bar_put_away=a.b; theme=dark", "c").split(";")[0];

  assert.deepEqual(putAwayIn(`theme=dark; ${cookie}`), ["c", "a", "b"]);
});

test("one that is put away twice stands there once", () => {
  const cookie = withPutAway("bar_put_away=a.b", "b").split(";")[0];

  assert.deepEqual(putAwayIn(cookie), ["b", "a"]);
});

test("the cookie does not grow without end", () => {
  const ids = Array.from({ length: 50 }, (_, number) => `id${number}`);
  const cookie = ids.reduce((cookies, id) => withPutAway(cookies, id).split(";")[0], "");

  assert.equal(putAwayIn(cookie).length, 20);
  assert.equal(putAwayIn(cookie)[0], "id49");
});

for (const [count, shown] of [
  [1, "1"],
  [99, "99"],
  [100, "99+"],
]) {
  test(`${count} new ones are shown as ${shown}`, () => {
    assert.equal(shownCount(count), shown);
  });
}

function bell() {
  const sign = { hidden: true, textContent: "" };
  const element = {
    dataset: { none: "Notifications", some: "Notifications, {count} new" },
    querySelector: () => sign,
    setAttribute: (name, value) => (element[name] = value),
  };
  return { sign, element, show: mountBell({ querySelector: () => element }) };
}

test("the bell shows its number and says it", () => {
  const { sign, element, show } = bell();

  show(120);

  assert.deepEqual(sign, { hidden: false, textContent: "99+" });
  assert.equal(element["aria-label"], "Notifications, 120 new");
});

test("a bell without news is bare", () => {
  const { sign, element, show } = bell();

  show(0);

  assert.deepEqual(sign, { hidden: true, textContent: "" });
  assert.equal(element["aria-label"], "Notifications");
});

test("a bell that came in another's place shows the number", () => {
  const [former, later] = [bell(), bell()];
  const root = { querySelector: () => former.element };
  const show = mountBell(root);

  root.querySelector = () => later.element;
  show(2);

  assert.equal(later.sign.textContent, "2");
  assert.equal(former.sign.textContent, "");
});

test("a page without a bell takes the number and does nothing", () => {
  mountBell({ querySelector: () => null })(3);
});
