"""R50: a saved note is never changed; the one lawful change is that of a redaction (DESIGN §5).

Its text may become exactly what a row of ``Redaction`` says of this note, and nothing else of it may change. Deleting
is not refused here: nothing in the desk offers it, and tests empty tables by deleting their rows.
"""

NAME = "notes_are_immutable"
SAID = "A note is never changed, except by a redaction."
TABLES = {"engagements_note", "engagements_redaction"}
REDACTED = "SELECT 1 FROM engagements_redaction WHERE note_id = OLD.id AND body = NEW.body"
FIXED = ("id", "engagement_id", "category", "task_id", "escalated", "author_id", "created_at", "corrects_id", "token")


def _is_unlawful(differs: str) -> str:
    others = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in FIXED)
    return f"{others} OR (NEW.body {differs} OLD.body AND NOT EXISTS ({REDACTED}))"


INSTALLED = {
    "sqlite": [
        f"""CREATE TRIGGER IF NOT EXISTS {NAME} BEFORE UPDATE ON engagements_note WHEN {_is_unlawful("IS NOT")}
        BEGIN SELECT RAISE(ABORT, '{SAID}'); END"""
    ],
    "postgresql": [
        f"""CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {_is_unlawful("IS DISTINCT FROM")} THEN
            RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$""",
        f"""CREATE OR REPLACE TRIGGER {NAME} BEFORE UPDATE ON engagements_note
        FOR EACH ROW EXECUTE FUNCTION {NAME}()""",
    ],
}
REMOVED = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {NAME}"],
    "postgresql": [f"DROP FUNCTION IF EXISTS {NAME} CASCADE"],
}
