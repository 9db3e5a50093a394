"""The style of an exported page: readable by day and by night, on paper and on a small screen.

Owns the looks alone; knows the classes that `html` writes. Enter at `STYLE`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --soft: #60666d;
  --line: #d9dde2; --user: #eef4ff; --code: #f5f6f8; --good: #1a7f37; --bad: #c4242b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e6e9; --paper: #16181b; --soft: #9aa1a9;
  --line: #363b41; --user: #1d2a3f; --code: #202328; --good: #56c271; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .75rem; }
h2 { font-size: .85rem; margin: 0 0 .4rem; color: var(--soft); }
header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: 1rem; }
dl { margin: 0; font-size: .85rem; }
dl div { display: flex; gap: .75rem; }
dt { flex: 0 0 7rem; color: var(--soft); }
dd { margin: 0; }
time, .facts { color: var(--soft); font-size: .8rem; font-weight: 400; }
time { margin-left: .5rem; }
article, aside, details { margin: 0 0 1rem; padding: .75rem 1rem; border-radius: .5rem;
  border: 1px solid var(--line); }
article.user { background: var(--user); }
aside, details { padding: .5rem 1rem; font-size: .9rem; }
details.tool { border-left: .25rem solid var(--good); }
details.failed { border-left-color: var(--bad); }
summary { cursor: pointer; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
details[open] > summary { margin-bottom: .5rem; white-space: normal; }
.prose { white-space: pre-wrap; margin: .4rem 0; }
pre { background: var(--code); border-radius: .4rem; margin: .4rem 0; padding: .6rem .75rem;
  overflow: auto; max-height: 32rem; font-size: .85rem; line-height: 1.45; }
pre.output { border-top: 1px solid var(--line); }
code, pre { font-family: ui-monospace, monospace; }
code { background: var(--code); border-radius: .25rem; padding: 0 .25rem; font-size: .9em; }
img { max-width: 100%; }
footer { color: var(--soft); font-size: .85rem; }
@media print { details > :not(summary) { display: block; } pre { max-height: none; } }
"""
"""As it stands between ``<style>`` and ``</style>``: the page's policy names its hash."""
