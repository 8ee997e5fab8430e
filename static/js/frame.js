/* In the frame of a page, for somebody signed in: the bell, and who is live of those one follows. */

import { mountLiveBar } from "./frame/live_bar.js";
import { mountBell } from "./lib/bell.js";
import { $ } from "./lib/dom.js";
import { openSocket, socketUrl } from "./lib/socket.js";

const place = $("[data-live-bar-place]");
if (place) {
  const { socketPath, shown } = place.dataset;
  const showBar = mountLiveBar(place);
  const showCount = mountBell();
  openSocket({
    url: () => socketUrl(socketPath, shown ? { shown } : {}),
    /* It has nothing that a page would miss for a moment. */
    onState() {},
    onMessage(frame) {
      if ("html" in frame) showBar(frame.html);
      if (frame.event === "notifications.count") showCount(frame.data.count);
    },
  });
}
