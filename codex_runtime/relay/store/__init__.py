"""What a relay remembers between requests: histories by response id, and reasoning.

Owns the conversations, their limits and, for `SqliteStore`, their file. Does not know HTTP, trio
or what a message says: messages are bytes. Enter at `protocol` for the operations, `limits` for
what is forgotten when, `memory` and `sqlite` for the two stores.
"""
