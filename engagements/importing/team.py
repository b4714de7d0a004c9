"""The people that rows assign: who they are, whether the uploader may assign them, one primary per role."""

from collections import defaultdict
from dataclasses import replace

from engagements.assigning import MANAGER as LEADER
from engagements.assigning import Person, Wanted, why_incomplete, why_kept, why_unfit
from engagements.importing import values
from engagements.importing.options import ME, NO_ONE, ImportOptions
from engagements.importing.plan import Change, CustomerDraft, PlannedRow, TenantDraft, Wish
from engagements.importing.records import Records
from engagements.models import Assignment, Customer, Tenant, User
from engagements.selectors import people
from tasks.folding import fold
from tasks.models import Role

# More new tenants than this would fill the lists of the person who brings them in: a team manager distributes them.
FEW = 100
ASK_A_MANAGER = "Ask a team manager to do it, or take the user out of the row."


class TeamPlanner:
    def __init__(self, records: Records, by: User, near: values.Near, options: ImportOptions):
        self.records, self.rights, self.by, self.near = records, records.rights, by, near
        self.options, self.unowned = options, 0
        self.wishes: dict[tuple, Wish] = {}
        self.brought: set[Wish] = set()  # what the uploader becomes by bringing in a customer

    def meet(self, row: PlannedRow, cells: dict[str, str], place: CustomerDraft | TenantDraft | None) -> None:
        """Takes down what a row wishes; ``decide`` judges it once all rows are known."""
        primary = self._primary(row, cells)
        if "user" not in cells:
            if "role" in cells or primary:
                row.reasons.append("A role without a user. Say who works in it.")
            return
        user, role = self._user(row, cells["user"]), self._role(row, cells.get("role"))
        if user is None or role is None or place is None:
            return
        key = (place, role.pk, user.pk)
        if key in self.wishes:
            said = self.wishes[key]
            if primary is not None and said.primary not in (None, primary):
                row.reasons.append(f"Primary: row {said.by_row.line} says the opposite. Correct one of the two.")
            return
        row.fresh = True
        kept = next((one for one in self._kept(place) if (one.role_id, one.user_id) == (role.pk, user.pk)), None)
        self.wishes[key] = Wish(place, user, role, primary, row, kept)

    def decide(self, tenants: list[TenantDraft]) -> None:
        self._assign_unowned(tenants)
        led = {
            wish.place
            for wish in self.wishes.values()
            if wish.user == self.by and wish.role.name == LEADER and wish.primary and _is_new_tenant(wish.place)
        }
        fit = people.persons({wish.user for wish in self.wishes.values() if wish.kept is None})
        for wish in self.wishes.values():
            if not wish.is_change:
                continue
            if not self._may_assign(wish, led):
                self._refuse(wish)
            elif reason := self._unfit(wish, fit):
                wish.by_row.reasons.append(reason)
            elif wish.kept is None:
                as_what = f"primary {wish.role.name}" if wish.primary else wish.role.name
                wish.by_row.news.append(f"{wish.user} as {as_what}{_everywhere(wish.place)}")
            else:
                before, after = ("no", "yes") if wish.primary else ("yes", "no")
                wish.by_row.changes.append(Change(f"{wish.user} as {wish.role.name}, primary", before, after))
        self._one_primary_each()

    # Who and as what

    def _user(self, row: PlannedRow, text: str) -> User | None:
        found = self.records.users.get(fold(text), [])
        exact = [user for user in found if fold(user.username) == fold(text)]
        found = exact if len(exact) == 1 else found
        if len(found) > 1:
            row.reasons.append(f"Several users have “{values.short(text)}”. Give the user name.")
        elif not found:
            likely = self.near(fold(text), self.records.users, most=2)
            names = dict.fromkeys(user.username for one in likely for user in self.records.users[one] if user.is_active)
            hint = f" Is {' or '.join(names)} meant?" if names else ""
            row.reasons.append(f"No user has the user name or e-mail address “{values.short(text)}”.{hint}")
        elif not found[0].is_active:
            row.reasons.append(f"{found[0].username} no longer signs in. Assign somebody else.")
        else:
            return found[0]
        return None

    def _role(self, row: PlannedRow, text: str | None) -> Role | None:
        if not text:
            row.reasons.append("A user without a role. Say in which role this person works there.")
            return None
        role = self.records.roles.get(fold(text))
        if role is None:
            likely = self.near(fold(text), self.records.roles, most=2)
            hint = " or ".join(dict.fromkeys(self.records.roles[one].name for one in likely))
            row.reasons.append(f"“{values.short(text)}” is not a role.{f' Is {hint} meant?' if hint else ''}")
        return role

    def _primary(self, row: PlannedRow, cells: dict[str, str]) -> bool | None:
        try:
            return values.yes_or_no(cells["primary"]) if "primary" in cells else None
        except values.Unclear as unclear:
            row.reasons.append(str(unclear))
            return None

    # Whether it may be

    def _assign_unowned(self, tenants: list[TenantDraft]) -> None:
        """New tenants for which no row names a FastTrack Manager go to the uploader, or to no one yet.

        So do new customers as a whole: an assignment at a tenant does not let somebody change its customer.
        """
        role = self.records.roles.get(fold(LEADER))
        unowned = self._unowned(tenants)
        self.unowned = len(unowned)
        if not self.options.unowned:
            to_me = not self.rights.assigns_anywhere and self.unowned <= FEW
            self.options = replace(self.options, unowned=ME if to_me else NO_ONE)
        if role is None or self.options.unowned != ME:
            return
        for draft in unowned:
            self.wishes[draft, role.pk, self.by.pk] = Wish(draft, self.by, role, True, draft.first, None)
        for draft in unowned if self.rights.assigns_anywhere else tenants:
            if draft.customer.is_new:
                own = Wish(draft.customer, self.by, role, True, draft.customer.first, None)
                self.brought.add(self.wishes.setdefault((draft.customer, role.pk, self.by.pk), own))

    def _unowned(self, tenants: list[TenantDraft]) -> list[TenantDraft]:
        """The new tenants whose FastTrack Manager neither a row nor the team of their customer names.

        Who may assign only themselves names nobody else instead; that row is refused with the reason.
        """
        led = {wish.place for wish in self.wishes.values() if wish.role.name == LEADER}
        named = {wish.place for wish in self.wishes.values()}
        return [
            draft
            for draft in tenants
            if draft.is_new
            and not {draft, draft.customer} & led
            and not (draft.first.row.values.get("user") and draft not in named)
            and not (self._is_led(draft.customer) if self.rights.assigns_anywhere else draft in named)
        ]

    def _is_led(self, customer: CustomerDraft) -> bool:
        return any(one.role.name == LEADER for one in self._kept(customer))

    def _may_assign(self, wish: Wish, led: set[CustomerDraft | TenantDraft]) -> bool:
        place = wish.place
        if self.rights.assigns_anywhere or wish in self.brought:
            return True
        if _is_new_tenant(place):
            oneself = wish.user == self.by and wish.role.name == LEADER
            return oneself or place in led or (not place.customer.is_new and self.rights.leads(place.customer.record))
        return not place.is_new and self.rights.leads(place.record)

    def _unfit(self, wish: Wish, fit: dict[int, Person]) -> str:
        """What the rules of assigning have against it."""
        at_customer = isinstance(wish.place, CustomerDraft)
        wanted = Wanted(wish.role.name, wish.role.function, at_customer, primary=bool(wish.primary))
        if wish.kept is None:
            if reason := why_unfit(fit[wish.user.pk], wanted):
                return reason.text
            if why_incomplete(wanted):
                return f"{wish.user} as {wish.role.name}: assign them on the team page, where the focus can be chosen."
            return ""
        team = [people.member(row) for row in self._kept(wish.place)]
        mine = people.member(wish.kept)
        if wish.primary:
            wanted = replace(wanted, services=() if mine.whole else ("some",), focus=wish.kept.focus)
            return reason.text if (reason := why_incomplete(wanted)) else ""
        followed = any(
            one.primary and one.role == wish.role and one.place is wish.place for one in self.wishes.values()
        )
        return "" if followed else why_kept(mine, team, steps_down=True)

    def _refuse(self, wish: Wish) -> None:
        place = wish.place
        if isinstance(place, CustomerDraft):
            reason = f"Only its primary {LEADER} and those who assign users may assign somebody to a customer."
        elif place.is_new:
            reason = f"At a new tenant you may assign yourself as {LEADER}, and others once you are its primary one."
        else:
            reason = f"Only the tenant's primary {LEADER} and those who assign users may assign somebody to it."
        wish.by_row.reasons.append(f"{reason} {ASK_A_MANAGER}")

    def _one_primary_each(self) -> None:
        wanted: dict[tuple, list[Wish]] = defaultdict(list)
        given_up: dict[tuple, set[int]] = defaultdict(set)
        for wish in self.wishes.values():
            if wish.primary:
                wanted[wish.place, wish.role.pk].append(wish)
            elif wish.primary is False:
                given_up[wish.place, wish.role.pk].add(wish.user.pk)
        for (place, role), wishes in wanted.items():
            first, *others = wishes
            for wish in others:
                wish.by_row.reasons.append(
                    f"Row {first.by_row.line} makes {first.user} the primary {wish.role.name} there. One is enough."
                )
            for kept in self._kept(place):
                stays = kept.primary and kept.role_id == role and kept.user_id not in given_up[place, role]
                if stays and kept.user_id != first.user.pk:
                    person = self.records.people[kept.user_id]
                    first.by_row.reasons.append(
                        f"{person} is primary {first.role.name} there. "
                        f"Add a row that says no for {person.username}, or say no here."
                    )

    def _kept(self, place: CustomerDraft | TenantDraft) -> list[Assignment]:
        if place.is_new:
            return []
        kind = Tenant if isinstance(place, TenantDraft) else Customer
        return self.records.team.get((kind, place.record.pk), [])


def _is_new_tenant(place: CustomerDraft | TenantDraft) -> bool:
    return isinstance(place, TenantDraft) and place.is_new


def _everywhere(place: CustomerDraft | TenantDraft) -> str:
    return " at all its tenants" if isinstance(place, CustomerDraft) else ""
