"""Errors that a caller can act on, each named for the fact.

Rules:
1. Every error has a stable ``code`` and the exit status that the command line gives for it.
2. A message is one lower-case sentence with the measure in it; never a person's words or name.
3. ``hint`` says the way out where we know one.
"""


class SottovoceError(Exception):
    """Something went wrong that the caller can act on."""

    code = "error"
    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Unfit(SottovoceError):
    """The input cannot be used as it is; mend it and come again."""

    code = "unfit"
    exit_status = 2


class Refused(SottovoceError):
    """Policy does not allow it."""

    code = "refused"
    exit_status = 1


class Missing(SottovoceError):
    """It is not here, or no longer."""

    code = "missing"
    exit_status = 1


class Conflict(SottovoceError):
    """It is in a state that does not allow this."""

    code = "conflict"
    exit_status = 1


class Tampered(SottovoceError):
    """The bytes are not those that were sealed or signed; stop and call someone."""

    code = "tampered"
    exit_status = 1


class Unavailable(SottovoceError):
    """A thing that is needed cannot be had just now; try again."""

    code = "unavailable"
    exit_status = 3
