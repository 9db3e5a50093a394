"""What a user holds: `Session` on a thread, `Turn` while it streams.

Owns how an ask becomes a turn and how a handle ends. Holds the engine, never the runtime above it.
"""
