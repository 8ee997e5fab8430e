/* The address of one's own calendar, copied. */

import { mountCopyButtons } from "../lib/copy_link.js";
import { $, texts } from "../lib/dom.js";

const part = $('[data-page="settings-calendar"]');
if (part) mountCopyButtons(part, texts());
