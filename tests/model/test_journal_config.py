"""`JournalConfig`: what is refused before a file is touched."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.journal import JournalConfig
from codex_runtime.model.profile import SessionConfig


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", ""),
        ("path", b"bytes"),
        ("path", "nul\0"),
        ("sync", "maybe"),
        ("every_ms", -1),
        ("every_ms", 1.5),
        ("every_ms", 3_600_001),
        ("max_file_bytes", 4095),
        ("max_file_bytes", "1"),
        ("keep_files", -1),
        ("keep_files", 101),
        ("max_queue_bytes", 0),
        ("on_full", "drop"),
        ("on_error", "ignore"),
    ],
)
def test_a_value_that_can_never_work_is_refused_by_its_name(field: str, value: Any) -> None:
    fields: dict[str, Any] = {"path": "journal", field: value}
    with pytest.raises(ConfigError) as refused:
        JournalConfig(**fields)
    assert refused.value.name == f"journal.{field}"


def test_a_time_between_flushes_means_nothing_without_flushes() -> None:
    with pytest.raises(ConfigError, match="sync='none'"):
        JournalConfig(path="journal", sync="none", every_ms=5)


def test_every_bound_is_allowed_itself() -> None:
    path = Path("journal")
    JournalConfig(path=path, every_ms=3_600_000, max_file_bytes=4096, keep_files=0)
    JournalConfig(path=path, keep_files=100, max_queue_bytes=4096, sync="fsync", on_full="fail")


@pytest.mark.parametrize("config", [RuntimeConfig, SessionConfig])
def test_a_journal_is_given_as_a_config_and_nothing_else(config: Any) -> None:
    assert config(journal=JournalConfig(path="j")).journal == JournalConfig(path="j")
    with pytest.raises(ConfigError, match="journal"):
        config(journal="j")


def test_a_journal_config_can_be_pickled() -> None:
    config = JournalConfig(path="j", sync="fsync")
    assert pickle.loads(pickle.dumps(config)) == config
