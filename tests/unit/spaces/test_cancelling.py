import asyncio

import pytest

from spaces.cancelling import end


@pytest.mark.asyncio
async def test_task_that_swallows_a_cancellation_is_asked_again():
    swallowed = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(True)
                if len(swallowed) > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await asyncio.wait_for(end([task]), 2)

    assert task.cancelled()
    assert len(swallowed) == 2


@pytest.mark.asyncio
async def test_ending_nothing_is_harmless():
    await end([])


@pytest.mark.asyncio
async def test_task_that_is_done_has_called_back_by_then():
    """Else who ends a set that its tasks leave by themselves would ask for ever."""

    async def brief() -> None:
        pass

    task = asyncio.create_task(brief())
    tasks = {task}
    task.add_done_callback(tasks.discard)
    await asyncio.sleep(0)
    assert task.done()
    assert tasks

    await end(tasks)

    assert not tasks
