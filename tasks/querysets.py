"""How roles, services and FTOP numbers are looked up."""

from django.db import models

from tasks.folding import fold


class AliasedQuerySet(models.QuerySet):
    """Rows known by a name, an abbreviation and aliases."""

    def by_spelling(self) -> dict[str, models.Model]:
        """Every known spelling, folded, to its row: for matching the words of pages and spreadsheets."""
        known = {}
        for row in self:
            for spelling in (getattr(row, "abbreviation", ""), getattr(row, "short", ""), *row.aliases):
                if spelling:
                    known.setdefault(fold(spelling), row)
        known.update({fold(row.name): row for row in self})
        return known


class FtopTaskQuerySet(models.QuerySet):
    def matching(self, text: str) -> "FtopTaskQuerySet":
        """Tasks whose number begins with ``text`` or whose name holds all its words."""
        text = fold(text)
        if text.isdecimal() and len(text) < 19:
            return self.filter(number__startswith=str(int(text)))
        found = self
        for word in text.split():
            found = found.filter(name_folded__contains=word)
        return found
