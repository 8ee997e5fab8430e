"""Tests of what people hear and when: each wants the machine's cores for itself."""

import pytest

from tests.integration.spaces.live.page import Pages


@pytest.fixture
def pages(stack):
    pages = Pages(stack.port)
    yield pages
    pages.close()
