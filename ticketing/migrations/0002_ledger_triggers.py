"""The books by themselves: nothing in them changes, and what is added is in balance."""

from django.db import migrations

# By statement: one that would touch no row is refused as well. They rest while
# session_replication_role is replica, which only a superuser can set.
APPEND_ONLY = """
CREATE FUNCTION ticketing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ticketing_journal_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ticketing_journal
    FOR EACH STATEMENT EXECUTE FUNCTION ticketing_append_only();
CREATE TRIGGER ticketing_line_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ticketing_line
    FOR EACH STATEMENT EXECUTE FUNCTION ticketing_append_only();
"""

# Deferred: a journal comes first and its lines after it.
BALANCED = """
CREATE FUNCTION ticketing_check_journal(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said integer;
    found integer;
    unbalanced text;
BEGIN
    SELECT line_count INTO said FROM ticketing_journal WHERE id = checked;
    SELECT count(*) INTO found FROM ticketing_line WHERE journal_id = checked;
    IF said IS DISTINCT FROM found OR found < 2 THEN
        RAISE EXCEPTION 'journal % has % lines and says %', checked, found, said
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticketing_journal_complete';
    END IF;
    SELECT string_agg(currency, ', ') INTO unbalanced FROM (
        SELECT currency FROM ticketing_line WHERE journal_id = checked
        GROUP BY currency HAVING sum(amount_minor) <> 0
    ) AS sums;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'journal % is not in balance: %', checked, unbalanced
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticketing_journal_balanced';
    END IF;
END $$;
CREATE FUNCTION ticketing_journal_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ticketing_check_journal(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION ticketing_line_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ticketing_check_journal(NEW.journal_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ticketing_journal_balanced
    AFTER INSERT ON ticketing_journal DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ticketing_journal_written();
CREATE CONSTRAINT TRIGGER ticketing_line_balanced
    AFTER INSERT ON ticketing_line DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ticketing_line_written();
"""

DROP_APPEND_ONLY = """
DROP TRIGGER ticketing_line_append_only ON ticketing_line;
DROP TRIGGER ticketing_journal_append_only ON ticketing_journal;
DROP FUNCTION ticketing_append_only();
"""

DROP_BALANCED = """
DROP TRIGGER ticketing_line_balanced ON ticketing_line;
DROP TRIGGER ticketing_journal_balanced ON ticketing_journal;
DROP FUNCTION ticketing_line_written();
DROP FUNCTION ticketing_journal_written();
DROP FUNCTION ticketing_check_journal(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0001_ledger")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        migrations.RunSQL(BALANCED, DROP_BALANCED),
    ]
