"""The books by themselves: append-only three times over, and in balance whatever wrote them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.emptying import empty_database
from ticketing.models import AppendOnly, Journal, Line

pytestmark = pytest.mark.django_db


def execute(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def settle():
    """What a commit would check."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")


def write(*lines, line_count=None):
    """A journal by hand: lines are (account, minor units) or (account, minor units, currency)."""
    journal = Journal.objects.create(
        kind="payout",
        source_type="payout",
        source_id=str(Journal.objects.count()),
        line_count=len(lines) if line_count is None else line_count,
        occurred_at=timezone.now(),
    )
    for account, amount, *currency in lines:
        journal.lines.create(
            account=account, amount_minor=amount, currency=currency[0] if currency else "usd"
        )
    return journal


@pytest.fixture
def journal():
    journal = write(("bank", 500), ("stripe", -500))
    settle()
    return journal


# --- Append-only ---


@pytest.mark.parametrize("model", [Journal, Line])
def test_row_is_neither_saved_again_nor_deleted(journal, model):
    row = model.objects.first()

    for change in (row.save, row.delete):
        with pytest.raises(AppendOnly):
            change()


@pytest.mark.parametrize("model", [Journal, Line])
def test_rows_are_neither_updated_nor_deleted(journal, model):
    rows = model.objects.all()

    with pytest.raises(AppendOnly):
        rows.update(pk=0)
    with pytest.raises(AppendOnly):
        rows.bulk_update(list(rows), ["pk"])
    with pytest.raises(AppendOnly):
        rows.delete()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET id = id",
        "UPDATE {table} SET id = id WHERE false",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE false",
        "TRUNCATE {table} CASCADE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET id = excluded.id",
        "MERGE INTO {table} AS a USING {table} AS b ON a.id = b.id WHEN MATCHED THEN DELETE",
    ],
)
@pytest.mark.parametrize("table", ["ticketing_journal", "ticketing_line"])
def test_database_lets_nothing_change(journal, table, statement):
    with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic():
        execute(statement.format(table=table))

    assert (Journal.objects.count(), Line.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_tests_can_still_be_emptied():
    write_committed(("bank", 500), ("stripe", -500))

    empty_database("default")

    assert (Journal.objects.count(), Line.objects.count()) == (0, 0)


# --- In balance ---


def write_committed(*lines, **said):
    with transaction.atomic():
        return write(*lines, **said)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([("bank", 500), ("stripe", -499)], {}),
        # In balance together, in neither currency alone.
        ([("bank", 500, "usd"), ("stripe", -500, "eur")], {}),
        ([("bank", 500), ("stripe", -500), ("bank", 1, "eur")], {}),
        ([("bank", 500), ("stripe", -500)], {"line_count": 3}),
        ([("bank", 500), ("stripe", -500), ("bank", 5), ("stripe", -5)], {"line_count": 2}),
        ([], {"line_count": 2}),
        ([("bank", 500)], {"line_count": 2}),
    ],
)
def test_journal_that_is_not_in_balance_fails_at_commit(lines, said):
    with pytest.raises(IntegrityError, match=r"in balance|lines and says"):
        write_committed(*lines, **said)

    assert Journal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_journal_of_two_currencies_commits_when_each_is_in_balance():
    write_committed(("bank", 5), ("stripe", -5), ("bank", 7, "eur"), ("stripe", -7, "eur"))

    assert Line.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_a_journal_of_yesterday():
    journal = write_committed(("bank", 500), ("stripe", -500))

    more = [
        Line(journal=journal, account="bank", amount_minor=1, currency="usd"),
        Line(journal=journal, account="stripe", amount_minor=-1, currency="usd"),
    ]

    with pytest.raises(IntegrityError, match="has 4 lines and says 2"):
        Line.objects.bulk_create(more)

    assert journal.lines.count() == 2


@pytest.mark.parametrize("line_count", [0, 1])
def test_journal_has_two_lines(line_count):
    with pytest.raises(IntegrityError, match="ticketing_journal_two_lines"):
        write(line_count=line_count)


def test_cause_is_in_the_books_once(journal):
    with pytest.raises(IntegrityError, match="ticketing_journal_once"):
        Journal.objects.create(
            kind=journal.kind,
            source_type=journal.source_type,
            source_id=journal.source_id,
            line_count=2,
            occurred_at=timezone.now(),
        )


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("moves_something", {"amount_minor": 0}),
        ("known_account", {"account": "pocket"}),
        ("currency_code", {"currency": "USD"}),
        ("subject_iff_host", {"account": "host_payable"}),
        ("subject_iff_host", {"subject": "somebody"}),
    ],
)
def test_line_that_says_nothing_is_refused(journal, rule, fields):
    with pytest.raises(IntegrityError, match=f"ticketing_line_{rule}"):
        journal.lines.create(**{"account": "bank", "amount_minor": 1, "currency": "usd"} | fields)
