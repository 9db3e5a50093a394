"""These tests need LiteLLM, in an environment of its own, named by ``LITELLM_BIN``.

Without the variable they are not collected: ``nox -s relay_peers`` installs it and sets it.
"""

from __future__ import annotations

import os

if not os.environ.get("LITELLM_BIN"):
    collect_ignore_glob = ["test_*.py"]
