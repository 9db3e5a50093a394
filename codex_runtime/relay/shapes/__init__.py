"""The JSON that passes through the relay, as typed structs.

Owns the spelling of fields on both sides: the Responses API towards the client, Chat Completions
towards the model server. Knows no rules of translation and does no I/O. Enter at `asked` for what
clients send and at `chat` for what the model server is sent.
"""
