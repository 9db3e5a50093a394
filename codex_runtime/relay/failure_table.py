"""Which failure an error of an upstream is: by its codes, its words, its HTTP status.

Owns the tables. Those failures stand first that Codex ends a turn for, where asking again is in
vain; for all others it asks again. Does not read an answer (see `upstream_words`) or say anything
(see `failures`). Pure. Enter at `row_of`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from codex_runtime.relay.upstream_words import Words

__all__ = ["CONTEXT", "INVALID", "RATE", "Row", "row_of"]


@attrs.frozen
class Row:
    """One kind of failure; ``status`` is that of an HTTP answer which tells it."""

    code: str
    type: str
    status: int
    retryable: bool = attrs.field(default=False, kw_only=True)


CONTEXT: Final = Row("context_length_exceeded", "invalid_request_error", 400)
QUOTA: Final = Row("insufficient_quota", "insufficient_quota", 429)
RATE: Final = Row("rate_limit_exceeded", "rate_limit_error", 429, retryable=True)
OVERLOADED: Final = Row("server_is_overloaded", "server_error", 503, retryable=True)
SERVER: Final = Row("server_error", "server_error", 502, retryable=True)
TIMEOUT: Final = Row("upstream_timeout", "server_error", 504, retryable=True)
INVALID: Final = Row("invalid_prompt", "invalid_request_error", 400)
LOGIN: Final = Row("invalid_prompt", "authentication_error", 401)
FORBIDDEN: Final = Row("invalid_prompt", "permission_error", 403)
NOT_FOUND: Final = Row("invalid_prompt", "not_found_error", 404)
NOT_INCLUDED: Final = Row("usage_not_included", "insufficient_quota", 403)
CYBER: Final = Row("cyber_policy", "invalid_request_error", 400)

_OF_STATUS: Final[dict[int, Row]] = {
    401: LOGIN,
    402: QUOTA,
    403: FORBIDDEN,
    404: NOT_FOUND,
    408: TIMEOUT,
    409: SERVER,
    413: CONTEXT,
    424: SERVER,  # a generation that failed (text-generation-inference)
    425: SERVER,
    429: RATE,
    499: SERVER,
    501: INVALID,
    503: OVERLOADED,
    504: TIMEOUT,
    505: INVALID,
    524: TIMEOUT,
    529: OVERLOADED,
}
"""Other 4xx are hopeless, other 5xx are not."""

_OF_NAME: Final[dict[str, Row]] = {
    "context_length_exceeded": CONTEXT,
    "context_window_exceeded": CONTEXT,
    "contextwindowexceedederror": CONTEXT,
    "exceed_context_size_error": CONTEXT,
    "model_max_prompt_tokens_exceeded": CONTEXT,
    "request_too_large": CONTEXT,
    "string_above_max_length": CONTEXT,
    "insufficient_quota": QUOTA,
    "billing_hard_limit_reached": QUOTA,
    "billing_not_active": QUOTA,
    "billing_error": QUOTA,
    "budget_exceeded": QUOTA,
    "exceeded_current_quota_error": QUOTA,
    "insufficient_balance": QUOTA,
    "insufficient_credits": QUOTA,
    "usage_limit_reached": QUOTA,
    "usage_not_included": NOT_INCLUDED,
    "cyber_policy": CYBER,
    # A model that wrote no proper call, told as the client's fault: it may well write one next.
    "tool_use_failed": SERVER,
    "output_parse_failed": SERVER,
}
"""Codes and types that decide whatever the status is."""

_OF_PLAIN_NAME: Final[dict[str, Row]] = {
    "rate_limit_exceeded": RATE,
    "rate_limit_error": RATE,
    "rate_limit_reached_error": RATE,
    "ratelimiterror": RATE,
    "resource_exhausted": RATE,
    "throttling_error": RATE,
    "slow_down": RATE,
    "too_many_requests": RATE,
    "overloaded_error": OVERLOADED,
    "server_is_overloaded": OVERLOADED,
    "engine_overloaded_error": OVERLOADED,
    "service_unavailable": OVERLOADED,
    "service_unavailable_error": OVERLOADED,
    "unavailable": OVERLOADED,
    "timeout_error": TIMEOUT,
    "timeout": TIMEOUT,
    "deadline_exceeded": TIMEOUT,
    "server_error": SERVER,
    "api_error": SERVER,
    "internal_error": SERVER,
    "internal_server_error": SERVER,
    "internalservererror": SERVER,
    "authentication_error": LOGIN,
    "invalid_api_key": LOGIN,
    "unauthenticated": LOGIN,
    "permission_error": FORBIDDEN,
    "permission_denied": FORBIDDEN,
    "not_found_error": NOT_FOUND,
    "model_not_found": NOT_FOUND,
    "invalid_request_error": INVALID,
    "badrequesterror": INVALID,
    "bad_request": INVALID,
    "invalid_argument": INVALID,
    "invalid_prompt": INVALID,
    "content_policy_violation": INVALID,
}
"""Codes and types that decide where no status does."""

_CONTEXT_WORDS: Final = re.compile(
    r"(?:maximum|max|model'?s?)\s+(?:model\s+|allowed\s+)?(?:context|prompt|input)\s+(?:length|size)"
    r"|context[ _](?:length|size|window|limit)[ _]?(?:(?:is|has\s+been)\s+)?exceed"
    r"|exceed\w*\s+(?:the\s+|your\s+|its\s+|max\w*\s+)*(?:model'?s?\s+|available\s+|maximum\s+)*"
    r"(?:context|model\s+token|max\w*\s+length|maximum\s+(?:number\s+of\s+)?(?:input\s+)?tokens)"
    r"|longer\s+than\s+the\s+(?:maximum\s+)?model"
    r"|(?:prompt|input|message|request|conversation)s?\s+(?:is|are|was)\s+too\s+(?:long|large)"
    r"|request\s+too\s+large|request\s+entity\s+too\s+large|payload\s+too\s+large"
    r"|reduce\s+the\s+length\s+of\s+(?:the|your)\s+(?:messages|prompt|input)"
    r"|too\s+large\s+for\s+model\s+with\s+\d+|number\s+of\s+tokens\s+in\s+the\s+prompt\s+cannot"
    r"|greater\s+than\s+the\s+context\s+length|context\s+the\s+overflows|context\s+length\s+of\s+only"
    r"|reached\s+context\s+length|`?inputs`?\s+must\s+have\s+less\s+than\s+\d+\s+tokens"
    r"|should\s+not\s+exceed\s+max_num_tokens|greater\s+than\s+max_seq_len"
    r"|range\s+of\s+input\s+length|max_new_tokens`?\s+must\s+be\s+<=|contextwindowexceeded",
    re.IGNORECASE,
)
_QUOTA_WORDS: Final = re.compile(
    r"exceeded\s+your\s+(?:current\s+|monthly\s+)?quota"
    r"|insufficient[ _](?:quota|balance|credits?|funds)"
    r"|doesn't\s+have\s+any\s+credits|credit\s+balance\s+is\s+too\s+low"
    r"|requires\s+more\s+credits|out\s+of\s+credits"
    r"|budget\s+has\s+been\s+exceeded|billing\s+hard\s+limit|check\s+your\s+plan\s+and\s+billing"
    r"|payment\s+required|usage\s+limit\s+(?:has\s+been\s+)?reached",
    re.IGNORECASE,
)
_RATE_WORDS: Final = re.compile(
    r"\brate[ _-]?limit|too\s+many\s+requests|\btry\s+again\s+in\s+\d", re.IGNORECASE
)
_LOADING_WORDS: Final = re.compile(
    r"\bloading\s+model\b|\bmodel\b.{0,200}\bis\s+(?:currently\s+|still\s+)?loading\b",
    re.IGNORECASE | re.DOTALL,
)
_TEMPLATE_WORDS: Final = re.compile(
    r"\bjinja\s+exception\b|\bgenerate\s+parser\s+for\s+this\s+template\b", re.IGNORECASE
)
"""Of servers whose chat template refuses the messages, and will again, with a status of 500."""
_NOT_OF_WORDS: Final = frozenset({401, 403, 404})
"""Statuses whose words are not searched for contexts: they say enough."""
_FIRST_ERROR: Final = 300
_FIRST_SERVER_ERROR: Final = 500


def row_of(words: Words, status: int | None, wait_s: float | None) -> Row:
    """The kind of failure; ``status`` is None where none is known, ``wait_s`` as well."""
    names = [code.lower() for code in words.codes]
    for name in names:
        if name in _OF_NAME:
            return _OF_NAME[name]
    if status not in _NOT_OF_WORDS and _CONTEXT_WORDS.search(words.message):
        return CONTEXT
    # "Quota" without a time to wait is one that waiting does not fill; some limits per minute are
    # called so too.
    if wait_s is None and status not in (401, 404) and _QUOTA_WORDS.search(words.message):
        return QUOTA
    if status is not None and status >= _FIRST_ERROR:
        return _row_of_status(status, words)
    for name in names:
        if name in _OF_PLAIN_NAME:
            return _OF_PLAIN_NAME[name]
    return RATE if _RATE_WORDS.search(words.message) else SERVER


def _row_of_status(status: int, words: Words) -> Row:
    if status in _OF_STATUS:
        row = _OF_STATUS[status]
        # A model that is being loaded is there in a while; overload would end the turn.
        return SERVER if row is OVERLOADED and _LOADING_WORDS.search(words.message) else row
    if _TEMPLATE_WORDS.search(words.message):
        return INVALID
    return SERVER if status >= _FIRST_SERVER_ERROR else INVALID
