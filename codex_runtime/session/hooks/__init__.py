"""Hooks at work: one phase, one shell command, one ask, one start of a session.

Owns when hooks run and what becomes of what they say. What a hook is stands in ``model.hooks``.
Enter at `of_asks` and `of_starts`.
"""
