"""Rows by many keys at once."""

from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Value


class OneOf(Func):
    """Whether a column holds one of these keys.

    They go to the database as one parameter: of `__in` Django makes one of each, some fifty calls.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, keys: Collection[int]) -> None:
        super().__init__(F(column), Value(list(keys), output_field=ArrayField(BigIntegerField())))
