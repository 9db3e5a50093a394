"""The top of the house: `open_runtime`, `Runtime` and what they tell about the server.

Assembles the rooms below; owns nothing that runs.
"""
