"""What Herald answers whatever was asked: that it is done, that it failed, or that it is out of date."""

from __future__ import annotations

EDIT_AND_TRY_AGAIN = "Edit and try again"
MORE_IN_THE_FILE = "There is more of it in the file."

COMMAND_CHANGED = "Herald was updated and this command is not what it was. Please reload Discord and try again."
OF_ANOTHER_RELEASE = "This belongs to another release of Herald. Please use the command instead."
NO_LONGER_KEPT = "What you had typed is no longer there. Please use the command again."


def unexpected(reference: str) -> str:
    return f"Something went wrong on Herald's side. If it happens again, tell who runs it this code: {reference}"
