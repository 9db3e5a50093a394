"""One generation of the conversation: a transport, a peer, and the calls between them.

Owns the reader, the writer, request deadlines, the retries of an overloaded server and the ingress
gate. Does not know threads, turns or sessions: what arrives is handed to a `Sink`. Enter at
`Connection`.
"""
