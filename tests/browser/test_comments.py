"""Comments in three browsers: written, changed, taken away, held back; and a thousand of them."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Follow
from spaces import actions
from spaces.models import Comment, CommentCounter, Space
from tests.browser.steps import add_speaker, come_in
from tests.factories import make_participant, make_user

pytestmark = pytest.mark.browser

SAID = "#comments [data-list] .said"


def show_comments(page: Page) -> Page:
    page.locator("#tab-comments").click()
    return page


def write(page: Page, text: str) -> None:
    page.get_by_label("Write a comment").fill(text)
    page.keyboard.press("Enter")


def expect_said(*texts: str, on: list[Page]) -> None:
    for page in on:
        expect(page.locator(SAID)).to_have_text(list(texts))


def choose(page: Page, text: str, button: str) -> None:
    comment = page.locator(".comment", has_text=text)
    comment.locator(".comment-more summary").click()
    comment.get_by_role("button", name=button).click()


def set_rules(people, space, **rules) -> None:
    people.stack.act(actions.change_settings, actor=space.host, space=space, **rules)


def test_three_people_talk_in_writing(people, space):
    add_speaker(space)
    make_user("lena")
    host, sami, lena = (
        show_comments(come_in(people, space, handle)) for handle in ("hana", "sami", "lena")
    )
    everybody = [host, sami, lena]
    expect(lena.get_by_text("No comments yet")).to_be_visible()

    # Posted, and seen by all; a second press while it is on its way posts nothing more.
    field = lena.get_by_label("Write a comment")
    field.fill("We lost ours in 2019.")
    lena.get_by_role("button", name="Send comment").dblclick()
    expect_said("We lost ours in 2019.", on=everybody)
    expect(field).to_be_focused()
    expect(host.locator("#tab-comments")).to_contain_text("1")
    write(sami, "The school closed two years later.")
    expect_said("We lost ours in 2019.", "The school closed two years later.", on=everybody)
    expect(host.locator(".comment", has_text="Sami")).to_contain_text("Speaker")

    # Edited by its author, who is the only one to be offered that.
    expect(sami.locator(".comment", has_text="Lena").locator(".comment-more")).to_have_count(0)
    choose(lena, "2019", "Edit")
    lena.get_by_label("Your comment").fill("We lost ours in 2018.")
    lena.get_by_role("button", name="Save").click()
    expect_said("We lost ours in 2018.", "The school closed two years later.", on=everybody)
    expect(host.locator(".comment", has_text="2018")).to_contain_text("edited")

    # Saved as it was: its form goes all the same.
    choose(lena, "2018", "Edit")
    lena.get_by_role("button", name="Save").click()
    expect(lena.get_by_label("Your comment")).to_have_count(0)
    expect_said("We lost ours in 2018.", "The school closed two years later.", on=[lena])

    # Deleted by its author, who takes that back; then by the host.
    gone = "This comment was deleted."
    choose(lena, "2018", "Delete")
    expect_said(gone, "The school closed two years later.", on=everybody)
    lena.get_by_role("button", name="Undo").click()
    expect_said("We lost ours in 2018.", "The school closed two years later.", on=everybody)
    choose(host, "The school", "Delete")
    expect_said("We lost ours in 2018.", gone, on=everybody)

    # Off and on again, while they look.
    people.stack.act(actions.pause_comments, actor=space.host, space=space)
    for page in everybody:
        expect(page.get_by_text("Hana switched comments off.")).to_be_visible()
        expect(page.get_by_label("Write a comment")).to_be_hidden()
    people.stack.act(actions.resume_comments, actor=space.host, space=space)
    for page in everybody:
        expect(page.get_by_label("Write a comment")).to_be_visible()


def test_comments_are_limited_slowed_and_never_lost(people, space):
    add_speaker(space)
    lena_user, otto = make_user("lena"), make_user("otto")
    Follow.objects.create(follower=otto, followed=space.host)
    sami, lena, follower = (
        show_comments(come_in(people, space, handle)) for handle in ("sami", "lena", "otto")
    )

    # Followers only: speakers may as well.
    set_rules(people, space, who_may_comment=Space.WhoMayComment.FOLLOWERS, comment_every_s=30)
    expect(lena.get_by_text("Only people who follow Hana can comment.")).to_be_visible()
    expect(lena.get_by_label("Write a comment")).to_be_hidden()
    write(sami, "Good evening")
    expect_said("Good evening", on=[sami, lena, follower])

    # Slowed: the wait is counted down, and what was typed stays.
    expect(follower.get_by_text("One comment every 30 seconds.")).to_be_visible()
    write(follower, "First")
    expect_said("Good evening", "First", on=[lena, follower])
    expect(follower.locator("#composer-says")).to_have_text(
        re.compile(r"You can post again in \d+ s\.")
    )
    write(follower, "Second")
    expect(follower.get_by_label("Write a comment")).to_have_value("Second")
    set_rules(people, space, who_may_comment=Space.WhoMayComment.EVERYONE, comment_every_s=0)
    expect(follower.locator("#composer-says")).to_be_empty()

    # No network: what is written waits, over a reload too, and what others write is found.
    lena.context.set_offline(True)
    expect(lena.locator("[data-sound-status]")).to_contain_text("Reconnecting")
    write(lena, "From the ferry")
    write(lena, "and another")
    expect(lena.locator(".comment-waiting")).to_have_count(2)
    expect(lena.locator(".comment-waiting").first).to_contain_text("Sending…")
    people.stack.act(
        actions.post_comment, actor=otto, space=space, body="Meanwhile", client_id=uuid.uuid4()
    )
    lena.context.set_offline(False)
    said = ["Good evening", "First", "Meanwhile", "From the ferry", "and another"]
    expect(lena.locator(".comment-waiting")).to_have_count(0)
    expect_said(*said, on=[lena, sami])
    assert Comment.objects.filter(author=lena_user).count() == 2

    # An answer that is lost on its way back, and a page that is loaded again.
    lena.route("**/comments/post/", lambda route: (route.fetch(), route.abort()))
    write(lena, "once")
    expect_said(*said, "once", on=[sami])
    # What is under way is lost as well, and only then does one come through.
    lena.unroute_all(behavior="wait")
    lena.reload()
    lena.locator("#gate [data-do=listen]").click()
    expect_said(*said, "once", on=[lena])
    expect(lena.locator(".comment-waiting")).to_have_count(0)
    assert Comment.objects.filter(author=lena_user).count() == 3


def test_a_thousand_comments_are_scrolled_through_in_a_window(people, space):
    author = make_participant(space).user
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Comment.objects.bulk_create(
        Comment(
            space=space,
            author=author,
            number=number,
            revision=number,
            client_id=uuid.uuid4(),
            body=f"Number {number}",
            created_at=an_hour_ago,
        )
        for number in range(1, 1001)
    )
    CommentCounter.objects.create(space=space, number=1000, revision=1000)
    page = show_comments(come_in(people, space))
    expect(page.locator(SAID).last).to_have_text("Number 1000")

    # Up to the first, noting what came into sight and how much there was at a time.
    seen = page.evaluate(
        """async () => {
          const scroller = document.querySelector("[data-scroller]");
          const seen = new Set();
          let most = 0;
          const nap = () => new Promise((resolve) => setTimeout(resolve, 16));
          for (let still = 0; still < 150 && !seen.has(1);) {
            const rows = [...scroller.querySelectorAll("[data-number]")];
            most = Math.max(most, rows.length);
            const { top, bottom } = scroller.getBoundingClientRect();
            for (const row of rows) {
              const place = row.getBoundingClientRect();
              if (place.bottom > top && place.top < bottom) seen.add(Number(row.dataset.number));
            }
            const before = scroller.scrollTop;
            scroller.scrollTop -= 300;
            await nap();
            still = scroller.scrollTop === before ? still + 1 : 0;
          }
          return { count: seen.size, most };
        }"""
    )
    assert seen["count"] == 1000
    assert seen["most"] <= 160

    # New ones are told of, and do not move what is read.
    for text in ("Number 1001", "Number 1002"):
        people.stack.act(
            actions.post_comment, actor=author, space=space, body=text, client_id=uuid.uuid4()
        )
    fresh = page.get_by_role("button", name="2 new")
    expect(fresh).to_be_visible()
    expect(page.get_by_text("Number 1", exact=True)).to_be_in_viewport()
    fresh.click()
    expect(page.get_by_text("Number 1002")).to_be_in_viewport()
    expect(fresh).to_be_hidden()
