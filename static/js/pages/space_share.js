/* Handing a Space on, on a page of its own. */

import { $, texts } from "../lib/dom.js";
import { mountShareButtons } from "../space/share.js";

const part = $("[data-share]");
if (part) mountShareButtons(part, texts());
