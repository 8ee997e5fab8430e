/* What leads to the stage, and the reason when nothing does. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let wayToStage;

before(async () => {
  /* Imported for its selectors, which this does not use. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ wayToStage } = await import("../../../static/js/space/rules.js"));
});

const RULES = {
  whoMaySpeak: "invited",
  takesRequests: true,
  whoMayComment: "everyone",
  speakers: 3,
  places: 10,
};
const LENA = {
  isSignedIn: true,
  role: "listener",
  request: "none",
  isFollowed: false,
  isCoHosting: false,
  mustAsk: false,
};
const FULL = { speakers: 10 };
const CLOSED = { takesRequests: false };

function check(name, { rules = {}, reader = {} }, way, why = "") {
  test(name, () => {
    const found = wayToStage({ ...RULES, ...rules }, { ...LENA, ...reader });

    assert.deepEqual([found.way, found.why], [way, why]);
  });
}

const everyone = { whoMaySpeak: "everyone" };
const followed = { whoMaySpeak: "followed" };

check("listener asks where only the invited speak", {}, "ask");
check("listener steps up where everyone may", { rules: everyone }, "step-up");
check(
  "person the host follows steps up",
  { rules: followed, reader: { isFollowed: true } },
  "step-up",
);
check(
  "person the host does not follow asks, and reads why",
  { rules: followed },
  "ask",
  "why_not_followed",
);
check(
  "person whom the crew moved down asks, and reads why",
  { rules: everyone, reader: { mustAsk: true } },
  "ask",
  "why_must_ask",
);
check("being moved down is no news where everybody asks", { reader: { mustAsk: true } }, "ask");

check("closed line says that only the invited speak", { rules: CLOSED }, "none", "why_invited");
check(
  "closed line says that only the followed speak",
  { rules: { ...followed, ...CLOSED } },
  "none",
  "why_followed",
);
check(
  "closed line leaves who may step up their way",
  { rules: { ...everyone, ...CLOSED } },
  "step-up",
);
check(
  "person moved down waits for an invitation when the line is closed",
  { rules: { ...everyone, ...CLOSED }, reader: { mustAsk: true } },
  "none",
  "why_must_wait",
);

check(
  "full stage is a reason to stand in line",
  { rules: { ...everyone, ...FULL } },
  "ask",
  "why_full",
);
check(
  "full stage and closed line leave no way",
  { rules: { ...everyone, ...FULL, ...CLOSED } },
  "none",
  "why_full_closed",
);
check(
  "who stands in line for a full stage reads their place",
  { rules: FULL, reader: { request: "pending" } },
  "none",
  "why_full_in_line",
);
check(
  "who stands in line for a free place reads nothing more",
  { reader: { request: "pending" } },
  "none",
);
check("last place on stage is still a place", { rules: { ...everyone, speakers: 9 } }, "step-up");

check("visitor is asked to sign in", { reader: { isSignedIn: false, role: "none" } }, "login");
check(
  "visitor is not sent to sign in for nothing",
  { rules: CLOSED, reader: { isSignedIn: false, role: "none" } },
  "none",
  "why_invited",
);
check(
  "person invited to speak has that question alone",
  { rules: FULL, reader: { request: "invited" } },
  "none",
);
check(
  "co-host in the audience comes up however full it is",
  { rules: { ...FULL, ...CLOSED }, reader: { isCoHosting: true } },
  "step-up",
);
for (const role of ["host", "co_host", "speaker"]) {
  check(`${role} is there already`, { rules: FULL, reader: { role, isCoHosting: true } }, "none");
}

test("comments are offered instead of speaking only where everybody may write them", () => {
  const canComment = (rules) => wayToStage({ ...RULES, ...rules }, LENA).canComment;

  assert.equal(canComment(CLOSED), true);
  assert.equal(canComment({ ...CLOSED, whoMayComment: "followers" }), false);
  assert.equal(canComment({ ...CLOSED, whoMayComment: "off" }), false);
  assert.equal(canComment({}), false);
});
