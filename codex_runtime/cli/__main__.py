"""``python -m codex_runtime.cli``: the same as the command ``codex-runtime``.

Owns nothing but the way in; see `codex_runtime.cli`.
"""

from __future__ import annotations

import sys

from codex_runtime.cli import main

if __name__ == "__main__":
    sys.exit(main())
