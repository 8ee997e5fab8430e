"""Reactions: told at once and merged, counted once a second. They belong to nobody."""

import json
import uuid
from collections.abc import Mapping

import redis.asyncio
from django.db import connection

from .. import events

_COUNT = """
    INSERT INTO spaces_reactioncount AS known (space_id, reaction, count)
    SELECT space.id, fresh.reaction, fresh.count
    FROM spaces_space AS space, unnest(%s::text[], %s::int[]) AS fresh (reaction, count)
    WHERE space.public_id = %s AND space.state = 'live'
    ON CONFLICT (space_id, reaction) DO UPDATE SET count = known.count + excluded.count
    RETURNING reaction, count
"""


def count_reactions(*, public_id: uuid.UUID, counts: Mapping[str, int]) -> dict[str, int]:
    """Add to what a Space's reactions came to; gives the new totals, none when it is not live."""
    # Always in one order: two processes that count must not wait for each other's rows.
    ordered = sorted(counts.items())
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [[name for name, _ in ordered], [count for _, count in ordered], public_id],
        )
        return dict(cursor.fetchall())


async def tell_reactions(
    client: redis.asyncio.Redis,
    *,
    public_id: uuid.UUID,
    counts: Mapping[str, Mapping[str, int]],
    totals: Mapping[str, int],
) -> None:
    """Tell every process what was sent in one of them. counts: reaction → tone → how often.

    By the caller's connection: nothing here may hold up the loop that serves all sockets.
    """
    message = {"event": "reactions", "counts": counts, "totals": totals}
    await client.publish(events.space_channel(public_id), json.dumps(message))
