"""The case log cannot be rewritten, whoever asks: the database itself refuses (GEN-03)."""

from alembic import op

APPEND_ONLY = ("case_log", "case_revisions")


def protect(table: str) -> None:
    """Refuses every change to what a table already holds."""
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
