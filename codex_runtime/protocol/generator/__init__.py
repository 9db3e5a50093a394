"""Writes ``protocol/generated`` from the committed schema; standard library only.

What is decided by hand is data: ``selection`` (results, gates, modules), ``naming`` (Python names),
``wording`` (units and texts), ``errata`` (where the schema is wrong). ``shapes`` reads definitions
and refuses what it does not know, ``plan`` decides directions and modules, ``render`` and
``tables`` write text. Enter through ``python -m codex_runtime.protocol.generator``.
"""
