/* The switch that lets the instance reach this browser while no page of it is open. */

import { $, $$, submit, texts } from "./dom.js";
import { toast } from "./toasts.js";

/** A key as browsers take it, of base64url. */
export function bytesOf(key) {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

const isSupported = () =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function isSameKey(subscription, key) {
  const used = subscription.options?.applicationServerKey;
  if (!used) return true;
  const bytes = new Uint8Array(used);
  const wanted = bytesOf(key);
  return bytes.length === wanted.length && bytes.every((byte, place) => byte === wanted[place]);
}

function fieldsOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

/** part: holds an element for each state by `data-push-state`, and the addresses. */
export function mountPush(part = $("[data-push]")) {
  if (!part) return null;
  const say = texts();
  const { stateUrl, subscribeUrl, unsubscribeUrl } = part.dataset;
  let key = "";

  const show = (state) => {
    for (const each of $$("[data-push-state]", part)) {
      each.hidden = each.dataset.pushState !== state;
    }
    part.dataset.state = state;
  };

  const registration = () => navigator.serviceWorker.ready;
  const current = async () => (await registration()).pushManager.getSubscription();

  /** Tells the server of it; whether that went well. */
  async function hand(subscription) {
    const { refusal } = await submit(subscribeUrl, fieldsOf(subscription));
    if (refusal) toast(refusal.message ?? say("failed"), "danger");
    return !refusal;
  }

  async function look() {
    if (!isSupported()) return show("unsupported");
    const response = await fetch(stateUrl, { headers: { Accept: "application/json" } });
    if (!response.ok) return show("off");
    const known = await response.json();
    ({ key } = known);
    if (!key) return show("unconfigured");
    if (Notification.permission === "denied") return show("denied");
    const subscription = await current();
    if (!known.endpoint || !subscription) return show("off");
    /* The browser has moved to another address since: it is still the one that was switched on. */
    if (known.endpoint !== subscription.endpoint && !(await hand(subscription))) return show("off");
    return show("on");
  }

  async function turnOn() {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return show(permission === "denied" ? "denied" : "off");
    const { pushManager } = await registration();
    let subscription = await pushManager.getSubscription();
    if (subscription && !isSameKey(subscription, key)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(key),
    });
    return show((await hand(subscription)) ? "on" : "off");
  }

  async function turnOff() {
    const { refusal } = await submit(unsubscribeUrl);
    if (refusal) return toast(refusal.message ?? say("failed"), "danger");
    await (await current())?.unsubscribe();
    return show("off");
  }

  /* The page stays right whatever a browser throws: with push there is a lot. */
  const carefully = async (act, button) => {
    if (button) button.disabled = true;
    try {
      await act();
    } catch {
      toast(part.dataset.failed, "danger");
      if (!part.dataset.state) show("off");
    } finally {
      if (button) button.disabled = false;
    }
  };

  for (const [name, act] of [
    ["push-on", turnOn],
    ["push-off", turnOff],
  ]) {
    const button = $(`[data-do="${name}"]`, part);
    button?.addEventListener("click", () => carefully(act, button));
  }
  return carefully(look);
}
