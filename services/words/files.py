"""What is said of files that somebody attached."""

from __future__ import annotations

NOT_GIVEN_OUT = "Discord does not give the file out right now. Please try again in a moment."
