"""Sentences that the scripts of a Space's pages write."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.texts import SITE_TEXTS

START_TEXTS: dict[str, "str | Promise"] = {
    **SITE_TEXTS,
    "mic_speak": _("Say something"),
    "mic_heard": _("We hear you"),
    "mic_numbered": _("Microphone {number}"),
}

SCHEDULED_TEXTS: dict[str, "str | Promise"] = {
    **SITE_TEXTS,
    "starts_in": _("Starts in {length}"),
}

SPACE_TEXTS: dict[str, "str | Promise"] = {
    **START_TEXTS,
    "title_live": _("● Live: {title}"),
    "title_ended": _("Ended: {title}"),
    "starting": _("Sound is starting… Usually a second or two."),
    "reconnecting": _(
        "Reconnecting, try {attempt}. You keep your place, and the sound goes on if it can."
    ),
    "joining": _("Joining… {ahead} ahead of you."),
    "joining_next": _("Joining… You are next."),
    "full": _("Every media node is at its limit. The sound starts as soon as there is room."),
    "sound_reconnecting": _("The sound was interrupted. Reconnecting…"),
    "blocked": _("The sound is paused. Tap Listen to go on."),
    "shut_out": _("You are not in this Space any more. Load the page again to see why."),
    "up_failed": _("Your microphone could not be connected. Try again."),
    "on_stage": _("You are on stage. Nobody hears you until you unmute."),
    "off_stage": _("You are in the audience now."),
    "muted_by_crew": _("The host muted you."),
    "everyone_muted": _("The crew muted everybody. Open your microphone when you want to speak."),
    "hand_raised": _("{name} raised a hand."),
    "asked_to_co_host": _("You are asked to co-host this Space. Answer beside your controls."),
    "co_host": _("You co-host this Space now."),
    "co_host_waits": _(
        "You co-host this Space. The stage is full: come up when somebody goes down."
    ),
    "co_hosting_declined": _("Your invitation to co-host was turned down. You can ask again."),
    "removed_and_blocked": _("{name} is removed and blocked."),
    "declined": _("Not now, says the host. You can ask again."),
    "place_1": _("You are first in line."),
    "place_2": _("You are second in line."),
    "place_3": _("You are third in line."),
    "place": _("You are number {place} in line."),
    "asks_to_speak": _("{name} asks to speak."),
    "turn_left": _("{time} left"),
    "turn_over": _("Time is up"),
    "turn_over_mine": _("Your time is up. Come to an end when you can."),
    "turn_over_of": _("{name}: time is up."),
    "elsewhere": _("You speak from another page now. This one goes on listening."),
    "came_up": _("{name} came on stage."),
    "why_invited": _("Only people {host} invites may speak."),
    "why_followed": _("Only people {host} follows or invites may speak."),
    "why_not_followed": _("People {host} follows come up by themselves. You can ask."),
    "why_must_ask": _("You come back to the stage when {host} or a co-host says yes. You can ask."),
    "why_must_wait": _("You come back to the stage when {host} or a co-host invites you."),
    "why_full": _(
        "The stage is full: {speakers} of {places} speakers. You can stand in line; "
        "somebody has to step down first."
    ),
    "why_full_in_line": _(
        "The stage is full: {speakers} of {places} speakers. You are number {place} in line; "
        "somebody has to step down first."
    ),
    "why_full_closed": _(
        "The stage is full: {speakers} of {places} speakers. Somebody has to step down first."
    ),
    "why_comment": _("You can still write a comment."),
    "comments_fresh": _("{count} new"),
    "comment_sending": _("Sending…"),
    "comment_waits": _("Your comment is not posted yet. It is sent again by itself."),
    "comment_refused": _("This could not be posted."),
    "comment_deleted": _("Comment deleted."),
    "comment_wait": _("You can post again in {seconds} s."),
    "comment_left": _("{count} characters left"),
    "role_host": _("Host"),
    "role_co_host": _("Co-host"),
    "role_speaker": _("Speaker"),
    "mic_denied": _(
        "Your browser keeps the microphone from this site. Tap the lock next to the address, "
        "allow it, then try again."
    ),
    "mic_missing": _("No microphone found. Plug one in and try again."),
    "mic_busy": _("The microphone does not start. Another program may be using it."),
    "mic_insecure": _("Browsers open microphones only on addresses that begin with https."),
    "mic_lost": _("The microphone was unplugged or taken away. You are muted."),
    "meter_waiting": _("Not known yet"),
    "meter_waiting_word": _("Connecting"),
    "meter_good": _("Good connection"),
    "meter_good_word": _("Good"),
    "meter_slow": _("Slow: what is said takes long to arrive"),
    "meter_slow_word": _("Slow"),
    "meter_slow_advice": _("Turn off a VPN if you use one, or try another network."),
    "meter_weak": _("Weak: {share} of the sound is lost"),
    "meter_weak_word": _("Weak"),
    "meter_weak_advice": _("Move closer to the Wi-Fi, or stop what else loads."),
    "meter_weak_voice": _("Weak: {share} of your voice is lost"),
    "meter_weak_voice_word": _("Weak"),
    "meter_weak_voice_advice": _("Move closer to the Wi-Fi, or stop what else loads."),
    "meter_unheard": _("Your voice does not arrive"),
    "meter_unheard_word": _("Unheard"),
    "meter_unheard_advice": _("Your microphone is being connected again. Wait a moment."),
    "meter_silent": _("No sound arrives"),
    "meter_silent_word": _("No sound"),
    "meter_silent_advice": _("The sound is being connected again. Check your network if it lasts."),
}
