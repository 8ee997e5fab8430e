/* Whether this browser is told while no page is open. */

import { mountPush } from "../lib/push.js";

mountPush();
