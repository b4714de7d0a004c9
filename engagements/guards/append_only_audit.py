"""The audit log is only ever added to: no row of it is changed, and none is deleted."""

NAME = "audit_log_is_append_only"
SAID = "The audit log is never changed, and nothing is deleted from it."
TABLE = "engagements_auditentry"
TABLES = {TABLE}

INSTALLED = {
    "sqlite": [
        f"""CREATE TRIGGER IF NOT EXISTS {NAME}_{event.lower()} BEFORE {event} ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{SAID}'); END"""
        for event in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        f"""CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"""CREATE OR REPLACE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {NAME}()""",
        f"""CREATE OR REPLACE TRIGGER {NAME}_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()""",
    ],
}
REMOVED = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {NAME}_{event}" for event in ("update", "delete")],
    "postgresql": [f"DROP FUNCTION IF EXISTS {NAME} CASCADE"],
}
