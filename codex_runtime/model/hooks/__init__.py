"""Hooks as values: what they are, what they are shown, what they may answer.

Owns their checks, the merge of layers and the report. Runs nothing: see ``session.hooks``. Enter at
`hooks`.
"""
