"""Records whose every text tries to leave its place in a document.

Owns the strategies of hypothesis for them. Enter at `RECORDS` and `HEADINGS`.
"""

from __future__ import annotations

from hypothesis import strategies as st

from codex_runtime.history.export.facts import Heading
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall

MARKUP = [
    *("`", "``", "```", "````", "~~~", "```html\n", "\n```\n", "\n    ```\n", "- ```\n"),
    *("<script>alert(1)</script>", "<b>", "</b>", "</pre>", "</details>", "</summary>", "</div>"),
    *("</article>", "</main></body></html>", "<!--", "-->", "<![CDATA[", "]]>", "<?php", "<style>"),
    *(
        "</style>",
        "<img src=x onerror=alert(1)>",
        "<http://example.org>",
        "&lt;b&gt;",
        "&#60;",
        "&",
    ),
    *("[x]: http://example.org", "\n[x]: <b>\n", "[x]", "![i](http://example.org/i.png)", "[^1]:"),
    *("[l](javascript:alert(1))", "](", "[", "]", ":", "!", "|", "\\", "\\`", "\\[", "\\\\", "\\|"),
    *("> ", "# ", "## Codex\n", "- ", "1. ", "    ", "\t", "---\n", "===\n", "***\n", "* ", " "),
    *("|a|b|\n|-|-|\n", "| ` | ` <b> ` |\n", "` | ` ` <b> `", "\n\n", "\n", "\r", "\r\n", "  \n"),
    *("\x1b[31m", "\x1b]0;t\x07", "\x1b]", "\x00", "\x85", "\u2028", "\u202e", "\ud800", "\ufeff"),
    *('"', "'", '" onmouseover="x', "$$", "data:image/png;base64,AAAA", "{", "}", '","'),
]
TEXTS = st.lists(st.sampled_from(MARKUP) | st.text(max_size=6), max_size=14).map("".join)
MOMENTS = st.none() | st.floats(-1e20, 1e20) | st.just(1_795_307_689.5)

MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["user", "assistant"]),
    text=TEXTS,
    images=st.lists(TEXTS, max_size=2).map(tuple),
    phase=st.none() | TEXTS,
    turn_id=st.none() | TEXTS,
    at_s=MOMENTS,
)
CALLS = st.builds(
    ToolCall,
    kind=TEXTS,
    name=TEXTS,
    input=TEXTS,
    output=st.none() | TEXTS,
    status=st.none() | TEXTS | st.sampled_from(["completed", "failed"]),
    exit_code=st.none() | st.integers(-1, 255),
    error=st.none() | TEXTS,
    duration_ms=st.none() | st.integers(0, 10**7),
    at_s=MOMENTS,
)
REASONINGS = st.builds(Reasoning, text=TEXTS, at_s=MOMENTS)
NOTICES = st.builds(Notice, kind=TEXTS, text=TEXTS, at_s=MOMENTS)
RECORDS = st.lists(MESSAGES | CALLS | REASONINGS | NOTICES, max_size=4)
HEADINGS = st.builds(
    Heading,
    title=TEXTS,
    thread_id=TEXTS,
    cwd=TEXTS,
    created_at_s=MOMENTS,
    model_provider=TEXTS,
    cli_version=TEXTS,
    source=TEXTS,
)
