"""Finding notes by their words, with the same answer on both databases (docs/decisions/0012).

``query`` reads what somebody typed, ``matching`` asks the index of the database, ``excerpts`` marks what was found.
All three see words as ``engagements/stemming.py`` makes them.
"""
