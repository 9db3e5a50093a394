"""Rules that decide approvals for services, and explain what they decide.

Owns the rules, their combination, and the reading of what shall be approved: the words of a
command, the paths of a change. Does not know sessions or the server. Enter at `rules`.
"""
