"""Values without I/O: what a user configures, and what a turn amounts to.

Owns the configurations, `RunProfile` and its merge, prompt checks, the fold of a turn's events,
usage and results. Does not know trio, processes or connections. Enter at `config` for what is set,
`profile` for what a turn may be told, `results` for what comes back.
"""
