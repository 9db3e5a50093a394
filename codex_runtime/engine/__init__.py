"""The life of the app-server and of everything that hangs on it.

Owns generations, the routing of events to turns and subscribers, one line of turns per thread,
interrupts, and the default answers to the server's requests. Does not know sessions: they hold the
engine, never the other way round. Enter at `Engine`.
"""
