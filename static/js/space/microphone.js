/* The person's microphone: asking for it, choosing it, its level, and the words for what is wrong. */

import { $, $$ } from "../lib/dom.js";

const DEVICE_KEY = "rostrum.microphone";
const METER_EVERY_MS = 60;

/** Which guidance fits an error of getUserMedia. */
export function troubleOf(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "busy";
  }
}

/** Level of a time-domain signal on the meter's scale: 0 to 1, −50 dBFS and below is 0. */
export function meterLevel(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
  return Math.min(Math.max((decibels + 50) / 44, 0), 1);
}

export async function isGranted() {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state === "granted";
  } catch {
    /* Firefox before 131 does not answer for microphones. */
    return false;
  }
}

/** Resolves to a live audio track, of `device` or none; rejects with getUserMedia's error. */
export async function openTrack(device = null) {
  if (!navigator.mediaDevices) throw new DOMException("insecure", "InsecureError");
  const chosen = localStorage.getItem(DEVICE_KEY);
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (device) audio.deviceId = { exact: device };
  /* "ideal": a headset that was unplugged since must not leave the person without any. */
  else if (chosen) audio.deviceId = { ideal: chosen };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  return stream.getAudioTracks()[0];
}

/** The microphone check. onDeviceChange() is called when another microphone was chosen. */
export function mountMicrophoneCheck(root, say, { onDeviceChange } = {}) {
  const meter = $("[data-mic-level]", root);
  const bars = $$("i", meter);
  const devices = $("[data-mic-device]", root);
  const status = $("[data-mic-status]", root);
  const button = $("[data-mic-start]", root);
  let track = null;
  let context = null;
  let timer = null;
  let turn = 0;

  function showTrouble(kind) {
    for (const help of $$("[data-mic-help]", root)) help.hidden = help.dataset.micHelp !== kind;
    if (kind) status.textContent = "";
  }

  function showLevel(level) {
    const lit = Math.round(level * bars.length);
    bars.forEach((bar, index) => bar.classList.toggle("on", index < lit));
    meter.setAttribute("aria-valuenow", String(lit));
    if (level > 0.25) status.textContent = say("mic_heard");
  }

  async function listDevices() {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter(
      (device) => device.kind === "audioinput",
    );
    const current = track?.getSettings().deviceId;
    devices.replaceChildren(
      ...found.map((device, index) => {
        const label = device.label || say("mic_numbered", { number: index + 1 });
        return new Option(label, device.deviceId, false, device.deviceId === current);
      }),
    );
    devices.disabled = found.length === 0;
  }

  function stop() {
    turn += 1;
    clearInterval(timer);
    track?.stop();
    context?.close();
    track = context = null;
    bars.forEach((bar) => bar.classList.remove("on"));
  }

  async function start() {
    stop();
    /* Whoever closes the check while the browser asks must not find the microphone open later. */
    const mine = turn;
    button.setAttribute("aria-busy", "true");
    let opened;
    try {
      opened = await openTrack();
    } catch (error) {
      showTrouble(error.name === "InsecureError" ? "insecure" : troubleOf(error));
      return;
    } finally {
      button.removeAttribute("aria-busy");
    }
    if (mine !== turn) {
      opened.stop();
      return;
    }
    track = opened;
    showTrouble(null);
    status.textContent = say("mic_speak");
    await listDevices();
    if (mine !== turn) return;
    context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      showLevel(meterLevel(samples));
    }, METER_EVERY_MS);
  }

  button.addEventListener("click", start);
  devices.addEventListener("change", async () => {
    localStorage.setItem(DEVICE_KEY, devices.value);
    await start();
    onDeviceChange?.();
  });
  /* "Plug one in; it appears here by itself." */
  navigator.mediaDevices?.addEventListener("devicechange", () => {
    if (track) listDevices();
    else if (!$('[data-mic-help="missing"]', root).hidden) start();
  });
  window.addEventListener("pagehide", stop);
  return { start, stop };
}
