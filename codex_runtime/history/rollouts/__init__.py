"""Rollouts, the files in which servers keep threads: found, read, summed up; no server needed.

`reader` and `entries` have what a file says line by line, `story` what that tells a person, `tail`
the end of it, `found` which files a ``CODEX_HOME`` holds, `spent` what it cost. Everything here
only reads. Users enter at `codex_runtime.history`.
"""
