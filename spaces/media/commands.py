"""What web processes and tasks tell the media nodes."""

import uuid

from asgiref.sync import async_to_sync

from .protocol import Command, send_command
from .registry import opened


def tell_stage(space: uuid.UUID) -> None:
    """Ask the Space's node to read the stage again. A hint: the node also watches the version."""
    async_to_sync(_tell_stage)(str(space))


async def _tell_stage(space: str) -> None:
    async with opened() as registry:
        node = await registry.node_of(space)
    if node is not None:
        await send_command(node, Command(command="stage", space=space))
