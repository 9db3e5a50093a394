"""Builders of the server's own configuration: MCP servers, model providers, the rollout budget.

Owns their fields, checks and the maps that they become. Secrets are named by their variables, never
given. Does not know who sends a map. Enter at any of the three.
"""
