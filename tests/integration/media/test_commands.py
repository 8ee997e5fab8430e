"""What web processes and tasks send reaches the node of the Space, and only a living one."""

import uuid

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from spaces.media import commands
from spaces.media.protocol import channel_of
from spaces.media.registry import opened
from tests.integration.media.hosting import load

SPACE, PERSON = uuid.uuid4(), uuid.uuid4()


@async_to_sync
async def host_on(node):
    async with opened() as registry:
        await registry.beat(node, load())
        assert await registry.place(str(SPACE)) == node


@async_to_sync
async def received_by(node):
    return await get_channel_layer().receive(channel_of(node))


def test_removal_is_sent_to_the_node_of_the_space(redis_server):
    host_on("node-1")

    commands.remove_person(SPACE, PERSON)

    sent = received_by("node-1")
    assert (sent["command"], sent["space"]) == ("remove", str(SPACE))
    assert sent["person"] == str(PERSON)


def test_stage_of_a_space_is_told_to_its_node(redis_server):
    host_on("node-1")

    commands.tell_stage(SPACE)

    assert received_by("node-1")["command"] == "stage"


def test_space_without_a_node_has_nobody_to_tell(redis_server):
    commands.remove_person(SPACE, PERSON)
