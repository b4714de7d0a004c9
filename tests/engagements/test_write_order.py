"""Every service enters a write in one way: it locks, then reads, then writes (DESIGN §3, decision 6).

Each public function of ``engagements/services/`` stands in one of the tables below: it is called here, or it is a part
of those that are called, or it only reads. One that stands in none fails. Rows that a service is handed are as a page
read them, some time before the lock: they say which row is meant, and nothing that is looked at.
"""

import datetime as dt
import importlib
import inspect
import pkgutil
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model
from django.urls import resolve
from django.utils import timezone

from engagements import services
from engagements.admin.readonly import ViewOnly
from engagements.importing.options import ImportOptions
from engagements.importing.reading import Row, Sheet
from engagements.models import Assignment, Customer, Engagement, Event, Tenant
from engagements.services import (
    adoption,
    assignments,
    attendance,
    bulk,
    closing,
    conditions,
    contacts,
    customer_record,
    customers,
    drafts,
    editions,
    engagements,
    enterprise_status,
    entitlements,
    erasure,
    escalations,
    events,
    exits,
    handovers,
    health,
    imports,
    locking,
    mentions,
    new_customers,
    next_actions,
    notes,
    people,
    recaps,
    referrals,
    reminders,
    review_closing,
    reviews,
    scope,
    service_record,
    steps,
    summaries,
    tasks,
    tenant_record,
    undo,
    usage,
    waivers,
)
from engagements.services.locking import lock_customer, lock_tenant, write, writing
from engagements.services.refusals import Refused
from tasks.models import Product
from tests import factories as make
from tests.cast import person
from tests.write_guard import FREE, GoesRoundTheLock, recorded

TODAY = dt.date(2026, 5, 21)
LATER = dt.date(2026, 5, 28)
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


# Rows as a page read them -----------------------------------------------------------------------------


def seen(row: Model) -> Any:
    """The row with its own id and those of what it belongs to for good; anything else of it is out of date."""
    for_good = {row._meta.pk.attname, "customer_id", "tenant_id", "service_id", "engagement_id"}
    names = [field.attname for field in row._meta.concrete_fields if field.attname in for_good]
    copy = type(row).from_db("default", names, [getattr(row, name) for name in names])

    def refresh(*args: Any, fields: list[str] | None = None, **kwargs: Any) -> None:
        if fields:
            raise GoesRoundTheLock(f"{type(row).__name__}.{fields[0]} is looked at as somebody's page read it.")
        type(row).refresh_from_db(copy, *args, **kwargs)

    copy.refresh_from_db = refresh
    return copy


# The tables -------------------------------------------------------------------------------------------


class Stage:
    """The scene, and the rows beside it that services ask for; each made when it is asked for."""

    def __init__(self, scene, owner, manager, admin):
        self.scene, self.owner, self.manager, self.admin = scene, owner, manager, admin
        self.engagement, self.tenant = scene.engagement, scene.engagement.tenant
        self.customer = self.tenant.customer
        self.by = {"by": owner}
        self.at = {"engagement_id": self.engagement.pk, "by": owner, "today": TODAY}
        self.row = self.tenant.services.order_by("pk").first()

    def undone(self, do: Callable[[], Any]) -> Event:
        """Does something and takes it back."""
        do()
        return undo.undo(event=Event.objects.filter(actor=self.owner).latest("pk"), by=self.owner)

    def new_note(self, **values) -> notes.NewNote:
        return notes.NewNote(token=uuid.uuid4(), body="We spoke.", **values)

    def series(self, **values):
        rule = make.CadenceRuleFactory(kind="governance", intervals=[("", "", 2, "week")])
        return make.ReviewSeriesFactory(rule=rule, tenant=self.tenant, owner=self.owner, **values)

    def review(self):
        return make.ReviewFactory(series=self.series())

    def close(self) -> Engagement:
        return closing.close_engagement(outcome="Done.", ended_as="withdrew", **self.at)

    def closed(self, **values) -> Engagement:
        self.close()
        Engagement.objects.filter(pk=self.engagement.pk).update(**values)
        return self.engagement

    def bulk(self, do: str = "tag"):
        return make.BulkChangeFactory(by=self.owner, ids=[self.engagement.pk], do=do)

    def batch(self, by, kind: str = "records"):
        columns = {
            "records": {"tpid": str(self.customer.tpid), "customer": self.customer.name, "guid": str(self.tenant.guid)},
            "usage": {"tenant": str(self.tenant.guid), "service": self.row.service.name, "on": "2026-05-20"},
            "licences": {"tenant": str(self.tenant.guid), "product": self.product().name},
        }[kind]
        more = {"records": {"tenant": "Another name"}, "usage": {"users": "7"}, "licences": {"total": "900"}}[kind]
        sheet = Sheet(rows=[Row(2, columns | more)], sheet="")
        batch = imports.keep_batch(sheet=sheet, file_name="x.csv", by=by, kind=kind)
        imports.work(batch_id=batch.pk)  # plans it
        return batch

    def product(self) -> Product:
        product, _ = Product.objects.get_or_create(name="Microsoft 365 E5")
        product.services.add(self.row.service, make.ServiceFactory(name="Planner"))
        return product

    def look_again(self):
        batch = make.ImportBatchFactory(uploaded_by=self.owner, state="applied")
        make.ImportRowFactory(batch=batch, outcome="left-out")
        return imports.look_again(batch_id=batch.pk, **self.by)

    def referral(self, **values):
        type(self.customer).objects.filter(pk=self.customer.pk).update(account_managed=False)
        return make.ReferralFactory(engagement=self.engagement, **values)

    def handover(self):
        make.HandoverFactory._meta.model.objects.all().delete()
        eva = person("eva", "FastTrack Manager")
        return handovers.offer(receiver=eva, why="Leave", stays=True, **self.at), eva


def _own(stage: Stage, **values) -> dict[str, Any]:
    return {
        "user": person("new", "FastTrack Engineer"),
        "role": make.RoleFactory(name="SME"),
        "by": stage.admin,
    } | values


WRITES: dict[str, Callable[[Stage], Any]] = {
    "adoption.record_adoption": lambda s: adoption.record_adoption(
        tenant_service=seen(s.row), business_reason="cost", today=TODAY, **s.by
    ),
    "adoption.capture_adoption": lambda s: adoption.capture_adoption(
        tenant=seen(s.tenant), services=[s.row.service], owner_name="Rui", confirmed=True, today=TODAY, **s.by
    ),
    "adoption.confirm_dibs": lambda s: adoption.confirm_dibs(
        tenant=seen(s.tenant), services=[s.row.service], today=TODAY, **s.by
    ),
    "assignments.assign": lambda s: (
        assignments.assign(at=seen(s.tenant), focus="identity", **_own(s)),
        assignments.assign(at=seen(s.customer), focus="identity", **_own(s)),
    ),
    "assignments.change": lambda s: assignments.change(
        assignment_id=s.scene.assignment.pk, by=s.admin, how={"focus": "devices"}
    ),
    "assignments.copy_primaries": lambda s: (
        Customer.objects.filter(pk=s.customer.pk).update(winner=s.tenant),
        assignments.copy_primaries(customer_id=s.customer.pk, by=s.admin),
    ),
    "assignments.make_primary": lambda s: assignments.make_primary(assignment_id=s.scene.assignment.pk, by=s.admin),
    "assignments.unassign": lambda s: assignments.unassign(assignment_id=s.scene.assignment_at_customer.pk, by=s.admin),
    "attendance.tick_attendance": lambda s: attendance.tick_attendance(
        review_id=s.review().pk, attending=attendance.Attending(users=(s.owner.pk,)), **s.by
    ),
    "bulk.begin": lambda s: bulk.begin(change_id=s.bulk().pk, values={"tag": "Wave 1"}, today=TODAY, **s.by),
    "bulk.go_on": lambda s: (
        bulk.begin(change_id=s.bulk("park").pk, values={"until": "2026-06-30", "why": "x"}, today=TODAY, **s.by),
        bulk.begin(
            change_id=s.bulk("next-action").pk,
            values={"text": "Call", "due_on": "2026-06-01", "owner": "manager"},
            today=TODAY,
            **s.by,
        ),
    ),
    "bulk.undo": lambda s: bulk.undo(
        change_id=bulk.begin(change_id=s.bulk().pk, values={"tag": "Wave 1"}, today=TODAY, **s.by).pk, **s.by
    ),
    "closing.close_engagement": lambda s: s.close(),
    "closing.reopen_engagement": lambda s: closing.reopen_engagement(
        engagement_id=s.closed().pk, why="Too early.", **s.by
    ),
    "closing.confirm_move": lambda s: closing.confirm_move(
        engagement_id=s.closed(queue="inactive", queue_asked_on=TODAY).pk, on=TODAY, today=TODAY, **s.by
    ),
    "closing.unassign_manager": lambda s: closing.unassign_manager(
        engagement_id=s.closed(queue="inactive", queue_asked_on=TODAY, queue_moved_on=TODAY).pk, by=s.admin
    ),
    "closing.finish_follow_up": lambda s: (
        make.NextActionFactory(engagement=s.engagement, owner=s.owner),
        closing.finish_follow_up(engagement_id=s.closed().pk, **s.by),
    ),
    "conditions.answer_condition": lambda s: conditions.answer_condition(key="wanted", said="yes", **s.at),
    "contacts.add_contact": lambda s: contacts.add_contact(customer=seen(s.customer), name="Rui", **s.by),
    "contacts.change_contact": lambda s: contacts.change_contact(contact=seen(s.scene.contact), name="Rui", **s.by),
    "customer_record.change_customer": lambda s: customer_record.change_customer(
        customer_id=s.customer.pk, region="Iberia", owner_name="Rui", **s.by
    ),
    "customer_record.set_winner": lambda s: customer_record.set_winner(
        customer_id=s.customer.pk, tenant_id=s.tenant.pk, **s.by
    ),
    "customer_record.set_tags": lambda s: customer_record.set_tags(
        customer_id=s.customer.pk, names=["S500", "Wave"], **s.by
    ),
    "customer_record.add_signal": lambda s: customer_record.add_signal(
        customer_id=s.customer.pk, product="Zoom", **s.by
    ),
    "customer_record.change_signal": lambda s: customer_record.change_signal(
        signal=seen(make.CompeteSignalFactory(customer=s.customer)), insight="Until June", **s.by
    ),
    "customer_record.remove_signal": lambda s: customer_record.remove_signal(
        signal=seen(make.CompeteSignalFactory(customer=s.customer)), **s.by
    ),
    "customers.add_service": lambda s: customers.add_service(
        tenant=seen(s.tenant), service=make.ServiceFactory(name="Yammer"), entitlements=5, **s.by
    ),
    "customers.enable_service": lambda s: customers.enable_service(tenant_service=seen(s.row), on=TODAY, **s.by),
    "customers.enable_service_of": lambda s: customers.enable_service_of(
        tenant=seen(s.tenant), service=s.row.service, on=TODAY, **s.by
    ),
    "customers.assign_csm": lambda s: customers.assign_csm(tenant=seen(s.tenant), csm=None, csm_name="Rui", **s.by),
    "customers.set_account_managed": lambda s: customers.set_account_managed(
        customer=seen(s.customer), managed=False, **s.by
    ),
    "customers.record_account_team": lambda s: customers.record_account_team(
        tenant=seen(s.tenant), managed=False, csm=None, csm_name="Rui", **s.by
    ),
    "editions.move_edition": lambda s: (
        type(s.engagement.edition).objects.filter(pk=s.engagement.edition_id).update(status="retired"),
        editions.move_edition(edition=make.EditionFactory(), **s.at),
    ),
    "engagements.start_engagement": lambda s: engagements.start_engagement(
        tenant=seen(s.tenant),
        edition=s.engagement.edition,
        model=s.engagement.model,
        motions=s.engagement.motions.all(),
        services=[make.TenantServiceFactory(tenant=s.tenant, service=make.ServiceFactory(name="Yammer")).service],
        started_on=TODAY,
        **s.by,
    ),
    "engagements.park_engagement": lambda s: engagements.park_engagement(until=LATER, why="Leave", **s.at),
    "engagements.resume_engagement": lambda s: engagements.resume_engagement(engagement_id=s.engagement.pk, **s.by),
    "enterprise_status.write_status": lambda s: (
        Tenant.objects.filter(pk=s.tenant.pk).update(enterprise_level=4),
        Customer.objects.filter(pk=s.customer.pk).update(winner=s.tenant),
        enterprise_status.write_status(
            customer_id=s.customer.pk,
            new=enterprise_status.NewStatus(
                "green", (enterprise_status.EnterpriseStatus.Reason.values[0],), "Well", "Half are live", LATER
            ),
            token=uuid.uuid4(),
            today=TODAY,
            **s.by,
        ),
    ),
    "entitlements.put_grid": lambda s: entitlements.put_grid(
        tenant_service=seen(s.row), grid=[entitlements.Slice("no-intent", s.row.available)], **s.by
    ),
    "entitlements.mark_duplicate": lambda s: entitlements.mark_duplicate(tenant=seen(s.closed().tenant), **s.by),
    "entitlements.unmark_duplicate": lambda s: (
        Tenant.objects.filter(pk=s.tenant.pk).update(is_duplicate=True),
        entitlements.unmark_duplicate(tenant=seen(s.tenant), **s.by),
    ),
    "erasure.erase_contact": lambda s: erasure.erase_contact(
        contact_id=s.scene.contact.pk, basis="Asked for", texts={}, **s.by
    ),
    "escalations.acknowledge": lambda s: escalations.acknowledge(escalation_id=s.scene.escalation.pk, **s.by),
    "exits.confirm_key_output": lambda s: exits.confirm_key_output(line=s.scene.key_output, text="It is so", **s.at),
    "handovers.offer": lambda s: s.handover(),
    "handovers.offer_many": lambda s: (
        s.scene.handover.delete(),
        handovers.offer_many(
            giver=s.owner,
            engagements=[seen(s.engagement)],
            receiver=person("eva", "FastTrack Manager"),
            why="Leave",
            today=TODAY,
            **s.by,
        ),
    ),
    "handovers.accept": lambda s: handovers.accept(handover_id=(offered := s.handover())[0].pk, by=offered[1]),
    "handovers.decline": lambda s: handovers.decline(
        handover_id=(offered := s.handover())[0].pk, by=offered[1], why="No time"
    ),
    "handovers.withdraw": lambda s: handovers.withdraw(handover_id=s.handover()[0].pk, **s.by),
    "health.rate_health": lambda s: health.rate_health(
        customer_id=s.customer.pk, group=0, colour="red", why="Late", today=TODAY, **s.by
    ),
    "health.confirm_health": lambda s: (
        make.HealthRatingFactory(customer=s.customer, colour="red"),
        health.confirm_health(customer_id=s.customer.pk, group=0, colour="red", today=TODAY, **s.by),
    ),
    "imports.apply": lambda s: (
        imports.apply(batch=seen(s.batch(s.owner)), **s.by),
        imports.apply(batch=seen(s.batch(s.owner, "usage")), **s.by),
        imports.apply(batch=seen(s.batch(s.owner, "licences")), **s.by),
    ),
    "imports.request_apply": lambda s: (
        imports.request_apply(batch_id=(batch := s.batch(s.owner)).pk, **s.by),
        imports.work(batch_id=batch.pk),
    ),
    "imports.work": lambda s: imports.apply(batch=seen(s.batch(s.owner)), **s.by),
    "mentions.tell_named": lambda s: notes.write_note(
        note=notes.NewNote(token=uuid.uuid4(), body=f"@{s.manager.username} please look"), **s.at
    ),
    "new_customers.enter_customer": lambda s: new_customers.enter_customer(
        row=Row(
            1, {"tpid": "77", "customer": "New", "guid": str(uuid.uuid4()), "tenant": "New", "domain": "new.example"}
        ),
        by=s.admin,
    ),
    "next_actions.add": lambda s: next_actions.add(
        engagement_id=s.engagement.pk, text="Call", due_on=LATER, owner=s.owner, **s.by
    ),
    "next_actions.finish": lambda s: next_actions.finish(action_id=s.scene.action.pk, **s.by),
    "next_actions.unfinish": lambda s: (
        next_actions.finish(action_id=s.scene.action.pk, **s.by),
        next_actions.unfinish(action_id=s.scene.action.pk, **s.by),
    ),
    "next_actions.move": lambda s: next_actions.move(action_id=s.scene.action.pk, to=LATER, why="Leave", **s.by),
    "next_actions.hand_on": lambda s: next_actions.hand_on(
        action_id=s.scene.action.pk, to=s.manager, why="Leave", **s.by
    ),
    "note_words.rebuild_all": lambda s: call_command("rebuild_note_words", verbosity=0),
    "notes.write_note": lambda s: notes.write_note(
        note=s.new_note(escalated=True, next_action="Call", next_on=LATER, next_owner=s.owner),
        at_step=notes.StepPlace(s.scene.step.key, documents=(s.scene.line.pk,)),
        **s.at,
    ),
    "recaps.send_recap": lambda s: recaps.send_recap(
        note_id=s.scene.note.pk,
        contact_ids=[make.ContactFactory(customer=s.customer, email="rui@northwind.example").pk],
        subject="Our meeting",
        body="Thank you.",
        token=uuid.uuid4(),
        from_here=False,
        **s.by,
    ),
    "referrals.begin_referral": lambda s: (
        Customer.objects.filter(pk=s.customer.pk).update(account_managed=False),
        referrals.begin_referral(**s.at),
    ),
    "referrals.change_referral": lambda s: referrals.change_referral(
        referral_id=s.referral().pk, location="Lisbon", today=TODAY, **s.by
    ),
    "referrals.propose_partner": lambda s: referrals.propose_partner(referral_id=s.referral().pk, name="Fab", **s.by),
    "referrals.drop_partner": lambda s: referrals.drop_partner(
        partner_id=make.ReferralPartnerFactory(referral=s.referral()).pk, **s.by
    ),
    "referrals.write_mail": lambda s: referrals.write_mail(
        referral_id=make.ReferralPartnerFactory(referral=s.referral(ready=True)).referral_id, **s.by
    ),
    "referrals.send_referral": lambda s: referrals.send_referral(
        referral_id=make.ReferralPartnerFactory(referral=s.referral(ready=True)).referral_id,
        usual=1,
        today=TODAY,
        **s.by,
    ),
    "referrals.record_outcome": lambda s: (
        s.referral(closed_on=TODAY),
        referrals.record_outcome(
            partner_id=make.SentReferralFactory(engagement=s.engagement).partners.get().pk,
            outcome="declined",
            today=TODAY,
            **s.by,
        ),
    ),
    "referrals.withdraw_referral": lambda s: referrals.withdraw_referral(
        referral_id=s.referral().pk, why="Not needed", today=TODAY, **s.by
    ),
    "review_closing.close_review": lambda s: review_closing.close_review(
        review_id=s.review().pk,
        closing=review_closing.Closing(
            token=uuid.uuid4(),
            engagement_id=s.engagement.pk,
            held_on=TODAY,
            body="We met.",
            attending=attendance.Attending(users=(s.owner.pk,)),
            next_on=None,
            actions=(review_closing.NewAction("Send it", LATER, s.owner),),
            health="green",
            health_why="On plan",
        ),
        today=TODAY,
        **s.by,
    ),
    "reviews.agree": lambda s: (
        make.CadenceRuleFactory(kind="cxo", level="customer", intervals=[("", "", 1, "month")]),
        reviews.agree(
            kind="cxo",
            agreed=reviews.Agreed(owner=s.owner, first_on=LATER),
            customer_id=s.customer.pk,
            today=TODAY,
            **s.by,
        ),
    ),
    "reviews.change": lambda s: reviews.change(series_id=s.review().series_id, place="Room 2", today=TODAY, **s.by),
    "reviews.plan": lambda s: reviews.plan(series_id=s.series().pk, on=LATER, today=TODAY, **s.by),
    "reviews.move": lambda s: reviews.move(
        review_id=s.review().pk, on=dt.date(2026, 5, 27), why="x", today=TODAY, **s.by
    ),
    "reviews.skip": lambda s: reviews.skip(review_id=s.review().pk, why="x", today=TODAY, **s.by),
    "reviews.cancel": lambda s: reviews.cancel(review_id=s.review().pk, why="x", today=TODAY, **s.by),
    "reviews.end": lambda s: reviews.end(series_id=s.review().series_id, why="x", today=TODAY, **s.by),
    "scope.change_scope": lambda s: scope.change_scope(
        engagement_id=s.engagement.pk,
        motions=s.engagement.motions.all(),
        model=make.EngagementModelFactory(slug="proactive"),
        services=s.engagement.services.all(),
        why="Agreed",
        **s.by,
    ),
    "scope.add_to_scope": lambda s: scope.add_to_scope(
        engagement_id=s.engagement.pk,
        service=make.TenantServiceFactory(tenant=s.tenant, service=make.ServiceFactory(name="Yammer")).service,
        **s.by,
    ),
    "service_record.save_service": lambda s: service_record.save_service(
        service=s.row.service,
        values=service_record.ServiceValues(
            adoption={"business_reason": "cost"}, owner_name="Rui", forecast={"submitted_on": TODAY}
        ),
        **s.at,
    ),
    "steps.complete_step": lambda s: steps.complete_step(
        step_key=steps.link_note(
            step_key="acm-conversation/follow-up", note_id=s.scene.note.pk, requirements=[], **s.at
        ).step.key,
        **s.at,
    ),
    "steps.reopen_step": lambda s: steps.reopen_step(
        receipt_id=s.scene.receipt.pk, why="Too early", today=TODAY, **s.by
    ),
    "steps.choose_route": lambda s: steps.choose_route(
        step_key=s.scene.step.key, group=s.scene.group.pk, route=s.scene.route.pk, **s.at
    ),
    "steps.link_note": lambda s: steps.link_note(
        step_key=s.scene.step.key, note_id=s.scene.note.pk, requirements=[s.scene.route.pk], **s.at
    ),
    "steps.state_line": lambda s: steps.state_line(
        step_key=s.scene.step.key, requirement=s.scene.stated.pk, text="So it is", **s.at
    ),
    "steps.unlink": lambda s: steps.unlink(evidence_id=s.scene.evidence.pk, today=TODAY, **s.by),
    "summaries.refresh": lambda s: summaries.refresh(s.engagement.pk),
    "summaries.refresh_tenant": lambda s: summaries.refresh_tenant(s.tenant.pk),
    "summaries.refresh_tenants": lambda s: summaries.refresh_tenants([s.tenant.pk]),
    "summaries.refresh_many": lambda s: summaries.refresh_many([s.engagement.pk]),
    "summaries.rebuild_all": lambda s: call_command("rebuild_summaries", verbosity=0),
    "summaries.restand": lambda s: summaries.restand(),
    "summaries.rename": lambda s: summaries.rename([s.tenant.pk]),
    "summaries.rename_reviews": lambda s: summaries.rename_reviews("Success check-in", "Check-in"),
    "tasks.set_task_status": lambda s: tasks.set_task_status(number=983, status="In Progress", **s.at),
    "tenant_record.change_tenant": lambda s: tenant_record.change_tenant(
        tenant_id=s.tenant.pk, country="PT", seats=5, today=TODAY, **s.by
    ),
    "tenant_record.override_priority": lambda s: tenant_record.override_priority(
        tenant_id=s.tenant.pk, priority=Tenant.Priority.values[0], why="Agreed", **s.by
    ),
    "tenant_record.reset_priority": lambda s: (
        Tenant.objects.filter(pk=s.tenant.pk).update(priority=Tenant.Priority.values[0], priority_why="x"),
        tenant_record.reset_priority(tenant_id=s.tenant.pk, **s.by),
    ),
    "tenant_record.set_tags": lambda s: tenant_record.set_tags(tenant_id=s.tenant.pk, names=["Wave"], **s.by),
    "tenant_record.add_partner": lambda s: tenant_record.add_partner(tenant_id=s.tenant.pk, name="Fab", **s.by),
    "tenant_record.change_partner": lambda s: tenant_record.change_partner(
        partner=seen(make.PartnerFactory(tenant=s.tenant)), name="Fab", **s.by
    ),
    "tenant_record.remove_partner": lambda s: tenant_record.remove_partner(
        partner=seen(make.PartnerFactory(tenant=s.tenant)), **s.by
    ),
    "undo.undo": lambda s: (
        s.undone(lambda: contacts.change_contact(contact=s.scene.contact, name="Rui", **s.by)),
        s.undone(lambda: customer_record.change_customer(customer_id=s.customer.pk, region="Iberia", **s.by)),
        s.undone(lambda: customer_record.set_winner(customer_id=s.customer.pk, tenant_id=s.tenant.pk, **s.by)),
        s.undone(lambda: customer_record.add_signal(customer_id=s.customer.pk, product="Zoom", **s.by)),
        s.undone(lambda: customers.set_account_managed(customer=s.customer, managed=False, **s.by)),
        s.undone(lambda: next_actions.finish(action_id=s.scene.action.pk, **s.by)),
        s.undone(lambda: referrals.change_referral(referral_id=s.referral().pk, location="Rome", today=TODAY, **s.by)),
        s.undone(lambda: reviews.change(series_id=s.review().series_id, place="Room 2", today=TODAY, **s.by)),
        s.undone(lambda: adoption.record_adoption(tenant_service=s.row, business_reason="cost", today=TODAY, **s.by)),
        s.undone(lambda: tenant_record.change_tenant(tenant_id=s.tenant.pk, seats=5, today=TODAY, **s.by)),
        s.undone(lambda: tenant_record.add_partner(tenant_id=s.tenant.pk, name="Fab", **s.by)),
        s.undone(lambda: usage.record_usage(tenant_service=s.row, on=TODAY, active_users=5, today=TODAY, **s.by)),
        s.undone(
            lambda: health.rate_health(customer_id=s.customer.pk, group=0, colour="red", why="x", today=TODAY, **s.by)
        ),
        s.undone(lambda: assignments.assign(at=s.tenant, focus="identity", **_own(s, by=s.owner))),
    ),
    "usage.record_usage": lambda s: usage.record_usage(
        tenant_service=seen(s.row), on=TODAY, active_users=5, today=TODAY, **s.by
    ),
    "usage.record_usage_of_day": lambda s: usage.record_usage_of_day(
        active_users={seen(s.row): 5}, on=TODAY, today=TODAY, **s.by
    ),
    "usage.remove_usage": lambda s: (
        make.UsageReadingFactory(tenant_service=s.row, on=TODAY),
        usage.remove_usage(tenant_service=seen(s.row), on=TODAY, **s.by),
    ),
    "waivers.ask_waiver": lambda s: waivers.ask_waiver(
        step_key=s.scene.step.key, requirement=s.scene.line.pk, reason="Not here", **s.at
    ),
    "waivers.decide_waiver": lambda s: waivers.decide_waiver(
        waiver_id=s.scene.waiver.pk, by=s.manager, today=TODAY, grant=True
    ),
}

# Write what hangs on no customer (tests/write_guard.py says why it needs no lock of one).
OF_THEIR_OWN: dict[str, Callable[[Stage], Any]] = {
    "bulk.choose": lambda s: bulk.choose(do="tag", ids=[s.engagement.pk], **s.by),
    "calendars.reader": lambda s: _service("calendars").reader("unknown", timezone.now()),
    "calendars.renew": lambda s: _service("calendars").renew(person=s.owner),
    "calendars.revoke": lambda s: _service("calendars").revoke(person=s.owner),
    "cadences.ensure_cadences": lambda s: call_command("load_catalogue", verbosity=0),
    "drafts.keep_draft": lambda s: drafts.keep_draft(
        engagement_id=s.engagement.pk,
        place="/",
        token=uuid.uuid4(),
        version=0,
        values={"body": "Begun"},
        now=timezone.now(),
        **s.by,
    ),
    "imports.keep_batch": lambda s: s.batch(s.owner),
    "imports.keep_file": lambda s: imports.keep_file(data=b"x", file_name="x.csv", by=s.owner, kind="records"),
    "imports.choose": lambda s: imports.choose(batch_id=s.batch(s.owner).pk, options=ImportOptions(), **s.by),
    "imports.look_again": lambda s: s.look_again(),
    "imports.forget_batches": lambda s: imports.forget_batches(before=timezone.now()),
    "mentions.see": lambda s: mentions.see(mention=s.scene.mention),
    "note_guides.ensure_guides": lambda s: _service("note_guides").ensure_guides(),
    "downloads.record_download": lambda s: _service("downloads").record_download(resolve("/"), {}, by=s.owner),
    "people.deactivate": lambda s: people.deactivate(user_ids=[make.UserFactory().pk], by=s.admin),
    "people.reactivate": lambda s: people.reactivate(user_ids=[make.UserFactory(is_active=False).pk], by=s.admin),
    "people.set_hours": lambda s: people.set_hours(person=s.owner, now=timezone.now()),
    "people.choose_reminders": lambda s: people.choose_reminders(person=s.owner, how={"action-due": "at-once"}),
    "referrals.ensure_template": lambda s: referrals.ensure_template(),
    "reminders.promise": lambda s: reminders.promise(
        kind=reminders.Kind.HANDOVER, occurrence="handover:1", recipient=s.owner, now=timezone.now()
    ),
    "reminders.withdraw": lambda s: reminders.withdraw(occurrence="handover:1", reason="It ended."),
    "reminders.sweep": lambda s: call_command("send_reminders", on="2026-05-21", verbosity=0),
    "reminders.try_again": lambda s: reminders.try_again(
        reminders=[make.ReminderFactory(state="aside", reason="x").pk]
    ),
    "reminders.forget_rounds": lambda s: reminders.forget_rounds(before=timezone.now()),
}

# Used by the services above, under the lock that those have taken.
PARTS = set(
    """
    audit.record audit.record_changes audit.rights_recorded
    adoption.held adoption.put_adoption assignments.put_many assignments.restore assignments.succeed
    attendance.locked_review attendance.put_attendance contacts.find_or_add_contact contacts.restore
    customer_record.restore customer_record.restore_signal customer_record.restore_winner drafts.end_draft
    engagements.change enterprise_status.put_status entitlements.change_seats entitlements.enter_seats
    entitlements.follow_due entitlements.write_grid entitlements.write_scenarios escalations.put events.record
    handovers.end_with health.restore next_actions.put next_actions.restore note_words.follow
    note_words.follow_customer overtaking.put record_imports.write_records referral_task.follow_referrals
    referrals.restore review_plan.change review_plan.plan review_plan.plan_next review_plan.put
    review_tasks.follow_reviews reviews.after_held reviews.end_with_last reviews.hand_over reviews.replan
    reviews.restore service_record.restore steps.put_evidence steps.started summaries.refresh_health
    summaries.refresh_next_reviews tags.put_tags tasks.put_status tenant_record.restore
    tenant_record.restore_partner usage.put_back usage.write_readings
    """.split()
)

# Write nothing.
READS = set(
    """
    audit.group_rights audit.user_rights people.active_superusers people.why_not_deactivate
    adoption.names assignments.primaries_to_copy assignments.why_not assignments.why_not_away attendance.audience
    attendance.where bulk.must_be_a_tag bulk.why_not cadences.read_cadences calendars.digest closing.leaving_manager
    disclosure.disclosure disclosure.hosts disclosure.is_for_customers disclosure.origins_of_steps
    disclosure.refuse_internal drafts.as_saved enterprise_status.in_words enterprise_status.newest_open
    enterprise_status.texts entitlements.due_on_of entitlements.grid_of entitlements.refuse_scenarios
    erasure.person_of escalations.occurrence escalations.those_who_answer handovers.occurrence handovers.responsible
    handovers.why_void health.newest imports.read_upload imports.waiting next_actions.must_be_whole
    next_actions.occurrence note_intent.must_say_intent overtaking.plain recaps.addressee
    referral_task.waits_for referrals.draft_of referrals.one_line referrals.person restoring.row_of
    restoring.values_before review_closing.is_written review_closing.note_body review_plan.interval_of
    review_plan.chosen review_plan.following review_plan.interval_of_rule review_plan.intervals_of
    review_plan.last_beat review_plan.proposed review_plan.last_held review_plan.latest_on reviews.may_own
    reviews.planned scope.as_seen scope.covered scope.refuse_scope service_record.why_no_undo
    summaries.longest_by_colour summaries.put_health summaries.summarise summaries.summarise_all
    summaries.wrong_rows waivers.who_decides
    """.split()
)


def _service(name: str) -> Any:
    return importlib.import_module(f"engagements.services.{name}")


def every_service() -> Iterator[tuple[str, Callable]]:
    """Every public function of engagements/services/, but the locks themselves."""
    for module in pkgutil.iter_modules(services.__path__):
        if module.name == "locking":
            continue
        found = _service(module.name)
        for name, function in vars(found).items():
            if inspect.isfunction(function) and not name.startswith("_") and function.__module__ == found.__name__:
                yield f"{module.name}.{name}", function


# The tests --------------------------------------------------------------------------------------------


def test_every_service_stands_in_one_table():
    tables = [set(WRITES), set(OF_THEIR_OWN), PARTS, READS]
    known = {name for table in tables for name in table}
    there = dict(every_service())
    assert set(there) - known == set(), "A new service is called by WRITES, or is one of PARTS or READS."
    assert known - set(there) == set(), "Nothing is called so any more."
    assert sum(len(table) for table in tables) == len(known)
    marked = {name for name, function in there.items() if getattr(function, "is_write", False)}
    assert marked - set(WRITES) - set(OF_THEIR_OWN) - PARTS == set()


def test_every_service_locks_then_reads_then_writes(scene, owner, manager, admin, mailoutbox):
    """The guard refuses the rest: what is written, or read to be judged by, before anything is locked."""
    make.AssignmentFactory(tenant=None, customer=scene.engagement.tenant.customer, user=owner, role__name="Any Role")
    summaries.refresh(scene.engagement.pk)
    stage, faults = Stage(scene, owner, manager, admin), {}
    for name, call in {**WRITES, **OF_THEIR_OWN}.items():
        try:
            with transaction.atomic(), recorded() as done:
                call(stage)
                transaction.set_rollback(True)
        except Exception as fault:  # noqa: BLE001 (all are told together)
            faults[name] = repr(fault)[:400]
        else:
            if name in WRITES and not any(line.startswith("write") for line in done):
                faults[name] = "It wrote nothing, so nothing is shown by it."
    assert faults == {}


def test_nothing_else_opens_transactions_or_takes_locks():
    """Whoever wants to write finds one way in; the ledger of reminders claims its rows with a lease."""
    may = {"services/locking.py", "reminding/sending.py", "management/commands/seed_demo.py"}
    found = {
        str(path.relative_to(ROOT / "engagements"))
        for path in (ROOT / "engagements").rglob("*.py")
        if "migrations" not in path.parts
        and re.search(r"transaction\.atomic|select_for_update|\bset_autocommit", path.read_text(encoding="utf-8"))
    }
    assert found <= may


def test_the_admin_writes_what_hangs_on_a_customer_by_services_alone():
    by_services = {Assignment, Customer, Tenant}
    for model, page in django_admin.site._registry.items():
        if model._meta.app_label == "engagements" and model.__name__ not in FREE:
            assert isinstance(page, ViewOnly) or model in by_services, f"{model.__name__} is saved without a lock."


def test_every_table_is_guarded_or_says_why_not():
    models = {model.__name__ for model in apps.get_app_config("engagements").get_models(include_auto_created=True)}
    assert set(FREE) <= models


# The guard and the locks ------------------------------------------------------------------------------


def rogue(body: str) -> Callable[[Tenant], None]:
    """A service as somebody might write it, in a module of the services."""
    names = {"__name__": "engagements.services.rogue", "write": write, "lock_tenant": lock_tenant, "events": events}
    exec(f"def service(tenant, by):\n    {body}", names)  # noqa: S102
    return names["service"]


def test_a_service_that_is_no_write_is_refused(engagement, owner):
    with pytest.raises(GoesRoundTheLock, match="EntitlementSlice is written outside of a write"):
        rogue("tenant.services.first().slices.all().update(note='')")(engagement.tenant, owner)


def test_a_write_that_locks_late_is_refused(engagement, owner):
    late = write(rogue("events.record('set', 'csm', by=by, tenant=tenant); lock_tenant(tenant.pk)"))
    with pytest.raises(GoesRoundTheLock, match="Event is written before anything is locked"):
        late(engagement.tenant, owner)


def test_a_write_that_reads_before_it_locks_is_refused(engagement, owner):
    early = write(rogue("list(tenant.services.all()); lock_tenant(tenant.pk)"))
    with pytest.raises(GoesRoundTheLock, match="TenantService is read before anything is locked"):
        early(engagement.tenant, owner)


def test_what_only_says_what_to_lock_may_be_read(engagement, owner):
    write(rogue("lock_tenant(tenant.engagements.values_list('tenant', flat=True)[0])"))(engagement.tenant, owner)


def test_a_lock_outside_of_a_write_is_refused(engagement):
    with pytest.raises(locking.NotInAWrite):
        lock_tenant(engagement.tenant_id)


def test_locks_are_taken_in_one_order(engagement):
    other = make.TenantFactory(customer=engagement.tenant.customer)
    with writing():
        lock_tenant(other.pk)
        with pytest.raises(locking.OutOfOrder, match=f"Customer {other.customer_id} is locked after Tenant"):
            lock_customer(other.customer_id)
        with pytest.raises(locking.OutOfOrder, match=f"Tenant {engagement.tenant_id} is locked after"):
            lock_tenant(engagement.tenant_id)
    with writing() as held:
        lock_customer(other.customer_id)
        lock_tenant(engagement.tenant_id)
        assert held.of(Tenant) == {engagement.tenant_id, other.pk}


def test_a_part_that_is_rolled_back_gives_its_locks_back(engagement):
    """PostgreSQL lets go of what a savepoint locked when it is rolled back."""

    @write
    def refuse() -> None:
        lock_tenant(engagement.tenant_id)
        raise Refused("Not like this.")

    with writing() as held:
        with pytest.raises(Refused):
            refuse()
        assert held.of(Tenant) == set()


def test_what_is_done_on_commit_is_a_write_of_its_own(engagement, django_capture_on_commit_callbacks):
    seen_then = []
    with django_capture_on_commit_callbacks(execute=True), writing():
        lock_tenant(engagement.tenant_id)
        transaction.on_commit(lambda: seen_then.append(locking.held()))
    assert seen_then == [None]
