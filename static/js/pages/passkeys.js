/*
 * Passkeys: a form that asks the device for one before it is sent. The script before this one is
 * allauth's, which turns what the server and the browser say of credentials into each other.
 */

import { $, $$ } from "../lib/dom.js";

const { webauthnJSON } = window;

async function optionsOf(form) {
  const { passkeyOptions, passkeyOptionsUrl } = form.dataset;
  if (passkeyOptions) return JSON.parse(document.getElementById(passkeyOptions).textContent);
  const response = await fetch(passkeyOptionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`options of a passkey: ${response.status}`);
  return response.json();
}

async function credentialFor(form) {
  const { creation_options: creation, request_options: request } = await optionsOf(form);
  if (request) return webauthnJSON.get(request);
  const isEnough = $("[name=passwordless]", form).checked;
  Object.assign(creation.publicKey.authenticatorSelection, {
    residentKey: isEnough ? "required" : "discouraged",
    requireResidentKey: isEnough,
    ...(isEnough && { userVerification: "required" }),
  });
  return webauthnJSON.create(creation);
}

function mount(form) {
  const failed = $("[data-passkey-failed]", form);
  const button = $("button", form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      $("[name=credential]", form).value = JSON.stringify(await credentialFor(form));
      form.submit();
    } catch {
      /* The person, or the device, said no; the browser does not tell which. */
      failed.hidden = false;
      button.removeAttribute("aria-busy");
    }
  });
  form.removeAttribute("data-until-script");
}

for (const form of $$("form[data-passkey]")) {
  if (webauthnJSON.supported()) mount(form);
  else form.remove();
}
