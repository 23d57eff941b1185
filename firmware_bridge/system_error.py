"""What the system said of a connection, under what libraries made of it."""


def innermost(error: BaseException | None) -> OSError | None:
    """Libraries wrap what the system said, some hide it (`from None`), some group it."""
    found = None
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]  # one per address of the host
        found = error if isinstance(error, OSError) else found
        error = error.__cause__ or error.__context__
    return found
