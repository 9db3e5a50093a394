"""Python types as schemas for the model: typed output, and the arguments of tools.

Owns the way from a type or a signature to a JSON schema and from JSON back to values. Sends and
runs nothing. Enter at `output` and `tools`.
"""
