"""What the faces for asyncio and for plain Python share: a thread of their own, and the way to it.

Owns the thread that runs trio and the hand-over of calls, events and user code. Does not know what
a session is beyond the classes that it wraps: those are written by ``faces.generator``. Enter at
`codex_runtime.aio` and `codex_runtime.blocking`.
"""
