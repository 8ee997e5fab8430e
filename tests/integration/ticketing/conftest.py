import pytest

from .till import Till


@pytest.fixture
def till(hana):
    return Till(hana)
