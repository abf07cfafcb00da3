"""What is said when the database does not answer."""

from __future__ import annotations

OUTCOME_UNKNOWN = (
    "Herald's database was lost at the last moment, so nobody knows whether that was still done. "
    "Please look before you try again."
)

BUSY = "Herald's database is busy. Please try again in a moment."
BUSY_UNCHANGED = "Herald's database is busy, so nothing was changed. Please try again in a moment."
UNUSABLE = "Herald's database cannot be used right now. Please tell the people who run Herald."
UNUSABLE_UNCHANGED = (
    "Herald's database cannot be used right now, so nothing was changed. Please tell the people who run Herald."
)
