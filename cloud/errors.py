"""What a caller of the cloud got wrong, and what the cloud itself can't do: sentences with the next step."""


class CloudError(Exception):
    """A sentence for whoever called; api/explain.py gives each kind its HTTP status."""


class NotFound(CloudError):
    pass


class Invalid(CloudError):
    pass


class Conflict(CloudError):
    """What is asked for contradicts what is there already."""


class NotSignedIn(CloudError):
    pass


class Forbidden(CloudError):
    pass


class TooMany(CloudError):
    """Too often: try again after `after_s`."""

    def __init__(self, sentence: str, after_s: float) -> None:
        super().__init__(sentence)
        self.after_s = after_s


class Unready(CloudError):
    """Something the cloud stands on is missing or unsafe; the operator has to act."""
