"""The catalogue of faults that clients of the app-server meet, for any client.

Every row is a scenario that a client survives or not, beside a naive client that passes it without
the fault and fails it with. Needs no extra, but for rows on the real app-server. Enter at
`run_catalogue`; a client of your own is a `ClientFactory`.
"""

from codex_runtime.testing.faults.catalogue import Scenario, scenario, scenarios
from codex_runtime.testing.faults.client import (
    Answer,
    Approval,
    Client,
    ClientFactory,
    ClientOptions,
    Contender,
    Event,
    Place,
    Stream,
)
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.rows import (
    OFFICIAL,
    OURS,
    RowReport,
    run_catalogue,
    run_row,
    run_trial,
)
from codex_runtime.testing.faults.table import format_table, summary
from codex_runtime.testing.faults.trial import Later, Trial
from codex_runtime.testing.faults.verdicts import (
    ClientError,
    NotApplicable,
    NotSurvived,
    Verdict,
)

__all__ = [
    "OFFICIAL",
    "OURS",
    "Answer",
    "Approval",
    "Client",
    "ClientError",
    "ClientFactory",
    "ClientOptions",
    "Contender",
    "Event",
    "Later",
    "NaiveClient",
    "NotApplicable",
    "NotSurvived",
    "OurClient",
    "Place",
    "RowReport",
    "Scenario",
    "Stream",
    "Trial",
    "Verdict",
    "format_table",
    "run_catalogue",
    "run_row",
    "run_trial",
    "scenario",
    "scenarios",
    "summary",
]
