"""Faults are collected and told in one go."""

from __future__ import annotations

from nfops.errors import ConfigError, DataError, NfopsError


def test_collected_faults_are_listed_under_their_heading() -> None:
    error = ConfigError.collect(["a is wrong", "b is wrong"], "the sweep cannot start:")
    assert str(error) == "the sweep cannot start:\n  - a is wrong\n  - b is wrong"
    assert isinstance(error, NfopsError)


def test_a_data_error_carries_its_reason() -> None:
    assert DataError("no rows", reason="empty_file").reason == "empty_file"
