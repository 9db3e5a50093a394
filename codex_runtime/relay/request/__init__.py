"""Responses request to Chat Completions request, without I/O.

Owns what becomes of every item, tool and parameter that a client sends, and the fingerprints by
which an earlier turn is found again. Does not know how requests come in, who answers them, or where
reasoning is kept. Enter at `translation`.
"""
