"""Writes ``protocol/generated`` from the committed schema; standard library only.

``schema`` owns the committed file, ``selection`` is the hand-made data (what is generated and under
which name), ``shapes`` reads definitions and refuses what it does not know, ``plan`` decides
directions and modules, ``render`` and ``tables`` write text. Enter through
``python -m codex_runtime.protocol.generator``.
"""
