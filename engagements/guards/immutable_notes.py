"""R50: a saved note is never changed and never deleted; the one lawful change is that of a redaction (DESIGN §5).

Its text may become exactly what a row of ``Redaction`` says of this note, and nothing else of it may change. The
services that it names are part of it: they stay, and none joins once the note can be found by its words, which is
the last thing that saving it does. Whoever deletes what a note belongs to is refused with it.
"""

NAME = "notes_are_immutable"
KEPT = "notes_are_kept"
SERVICES = "services_of_notes_stay"
SAID = "A note is never changed, except by a redaction."
SAID_KEPT = "A note is never deleted."
SAID_SERVICES = "The services of a saved note are never changed."
TABLES = {"engagements_note", "engagements_redaction", "engagements_note_services", "engagements_notewords"}
REDACTED = "SELECT 1 FROM engagements_redaction WHERE note_id = OLD.id AND body = NEW.body"
IS_SAVED = "EXISTS (SELECT 1 FROM engagements_notewords WHERE note_id = NEW.note_id)"
FIXED = ("id", "engagement_id", "category", "task_id", "escalated", "author_id", "created_at", "corrects_id", "token")


def _is_unlawful(differs: str) -> str:
    others = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in FIXED)
    return f"{others} OR (NEW.body {differs} OLD.body AND NOT EXISTS ({REDACTED}))"


def _sqlite(name: str, event: str, said: str, when: str = "") -> str:
    condition = f"WHEN {when}" if when else ""
    return f"""CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} {condition}
    BEGIN SELECT RAISE(ABORT, '{said}'); END"""


def _postgresql(name: str, events: str, said: str, when: str = "TRUE") -> list[str]:
    return [
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {when} THEN
            RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$""",
        f"""CREATE OR REPLACE TRIGGER {name} BEFORE {events} FOR EACH ROW EXECUTE FUNCTION {name}()""",
    ]


INSTALLED = {
    "sqlite": [
        _sqlite(NAME, "UPDATE ON engagements_note", SAID, _is_unlawful("IS NOT")),
        _sqlite(KEPT, "DELETE ON engagements_note", SAID_KEPT),
        _sqlite(f"{SERVICES}_new", "INSERT ON engagements_note_services", SAID_SERVICES, IS_SAVED),
        _sqlite(f"{SERVICES}_changed", "UPDATE ON engagements_note_services", SAID_SERVICES),
        _sqlite(f"{SERVICES}_gone", "DELETE ON engagements_note_services", SAID_SERVICES),
    ],
    "postgresql": [
        *_postgresql(NAME, "UPDATE ON engagements_note", SAID, _is_unlawful("IS DISTINCT FROM")),
        *_postgresql(KEPT, "DELETE ON engagements_note", SAID_KEPT),
        *_postgresql(f"{SERVICES}_new", "INSERT ON engagements_note_services", SAID_SERVICES, IS_SAVED),
        *_postgresql(SERVICES, "UPDATE OR DELETE ON engagements_note_services", SAID_SERVICES),
    ],
}
REMOVED = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {name}"
        for name in (NAME, KEPT, *(f"{SERVICES}_{when}" for when in ("new", "changed", "gone")))
    ],
    "postgresql": [f"DROP FUNCTION IF EXISTS {name} CASCADE" for name in (NAME, KEPT, SERVICES, f"{SERVICES}_new")],
}
