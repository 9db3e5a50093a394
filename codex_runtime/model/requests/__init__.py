"""What the server asks of a client, typed, and the typed answers.

Owns every kind of server request, the builders of its answers and their checks. Does not know who
decides, nor deadlines. Enter at `kinds`, or at `approvals` for the ones that want a yes or a no.
"""
