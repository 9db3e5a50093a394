"""The live state of a session's thread, and events at the pace of a screen.

Owns the one fold that observers share, how a late one joins, and what is not handed over yet. The
fold itself is in ``model.state``. Enter at `view` and `throttling`.
"""
