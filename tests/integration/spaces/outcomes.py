"""What people who pressed at the same moment came to."""


def kinds(outcomes):
    """For each thread the name of what was raised, or "done"; sorted."""
    return sorted(
        type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in outcomes
    )
