"""Chat Completions bytes to Responses events, without I/O.

Owns the cutting of a byte stream into events, and the state machine that turns what a model server
says into what a client of the Responses API reads, faults included. Does not know where bytes come
from or go to, nor how long anything may take. Enter at `machine`.
"""
