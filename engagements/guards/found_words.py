"""Keeps the full-text index of the words of notes, which each database makes in its own way and no migration knows.

PostgreSQL holds a column that it generates itself, with a GIN index. SQLite holds an FTS5 table whose triggers follow
the words; it is filled anew where rows were written while the triggers were away.
"""

TABLES = {"engagements_notewords"}
FTS = "engagements_notewords_fts"
_NEW = f"INSERT INTO {FTS}(rowid, words) VALUES (new.note_id, new.words);"  # noqa: S608
_OLD = f"INSERT INTO {FTS}({FTS}, rowid, words) VALUES ('delete', old.note_id, old.words);"  # noqa: S608
_TRIGGERS = {
    "note_words_written": ("AFTER INSERT", _NEW),
    "note_words_changed": ("AFTER UPDATE OF note_id, words", _OLD + _NEW),
    "note_words_deleted": ("AFTER DELETE", _OLD),
}

INSTALLED = {
    "sqlite": [
        f"""CREATE VIRTUAL TABLE IF NOT EXISTS {FTS}
        USING fts5(words, content='engagements_notewords', content_rowid='note_id', tokenize='unicode61')""",
        f"""INSERT INTO {FTS}({FTS}) SELECT 'rebuild'
        WHERE (SELECT count(*) FROM {FTS}_docsize) <> (SELECT count(*) FROM engagements_notewords)""",  # noqa: S608
        *(
            f"CREATE TRIGGER IF NOT EXISTS {name} {when} ON engagements_notewords BEGIN {does} END"
            for name, (when, does) in _TRIGGERS.items()
        ),
    ],
    "postgresql": [
        """ALTER TABLE engagements_notewords ADD COLUMN IF NOT EXISTS
        found_by tsvector GENERATED ALWAYS AS (strip(to_tsvector('simple', words))) STORED""",
        """CREATE INDEX IF NOT EXISTS note_words_found_by ON engagements_notewords
        USING gin (found_by) WITH (fastupdate = off)""",
    ],
}
REMOVED = {"sqlite": [f"DROP TRIGGER IF EXISTS {name}" for name in _TRIGGERS], "postgresql": []}
