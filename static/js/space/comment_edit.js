/* The form in which somebody changes their comment, in the comment's own place. */

import { $ } from "../lib/dom.js";

/**
 * node: the comment's. form: a fresh one, with the words in it. save(words): resolves as `submit` of
 * lib/dom.js. onSaved(data); failed: what is said where the server gives no reason.
 */
export function openForm(node, form, { save, onSaved, failed }) {
  $("[data-body]", node).hidden = true;
  node.append(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { refusal, data } = await save($("[data-field]", form).value);
    if (refusal === null) {
      /* Before it is drawn: one that did not change is not drawn anew, and would keep its form. */
      closeForm(form);
      onSaved(data);
      return;
    }
    const wrong = $("[data-wrong]", form);
    wrong.textContent = refusal.message ?? failed;
    wrong.hidden = false;
  });
}

export function closeForm(form) {
  const node = form.closest("[data-number]");
  /* Closed while it was being saved. */
  if (!node) return;
  form.remove();
  $("[data-body]", node).hidden = false;
}
