"""What every fan-out engine keeps, asked of each without knowing which it is."""

import pytest

# So that a broken law shows what it compared.
pytest.register_assert_rewrite(f"{__name__}.laws")
