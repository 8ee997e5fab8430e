"""What web processes and tasks tell the media nodes."""

import logging
import uuid

from asgiref.sync import async_to_sync
from redis.exceptions import RedisError

from .protocol import Command, send_command
from .registry import opened

logger = logging.getLogger(__name__)


def is_full() -> bool:
    """Whether every media node is at its limit. Nothing known of them is no reason to say so."""
    try:
        return async_to_sync(_is_full)()
    except (RedisError, OSError):
        logger.warning("the load of the media nodes is not known: Redis is away")
        return False


async def _is_full() -> bool:
    async with opened() as registry:
        return await registry.is_full()


def tell_stage(space: uuid.UUID) -> None:
    """Ask the Space's node to read the stage again. A hint: the node also watches the version."""
    async_to_sync(_tell_node)(Command(command="stage", space=str(space)))


def remove_person(space: uuid.UUID, person: uuid.UUID) -> None:
    """End all the connections of a participant, listening too, whose door is shut by now.

    Who is barred the node also reads with the stage, so that a lost command heals.
    """
    async_to_sync(_tell_node)(Command(command="remove", space=str(space), person=str(person)))


async def _tell_node(command: Command) -> None:
    """Raises: RedisError, OSError. Without a node there is no sound."""
    assert command.space is not None
    async with opened() as registry:
        node = await registry.node_of(command.space)
    if node is not None:
        await send_command(node, command)
