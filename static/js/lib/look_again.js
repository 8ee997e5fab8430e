/* The server closed a page's socket: this is not the page that its reader may see now. */

import { note, noted } from "./tab_notes.js";

const LOOKED = "looked-again";

/** Load the page anew, which says what is so. Not twice: false when that has not helped. */
export function lookAgain() {
  const here = window.location.pathname;
  if (noted(LOOKED) === here) return false;
  note(LOOKED, here);
  window.location.reload();
  return true;
}

/** The page is the right one. */
export function isRight() {
  note(LOOKED, null);
}
