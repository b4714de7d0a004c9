"""L2 and L3 reasons: those of DOMAIN §3.4 come with the catalogue, administrators edit them and bring longer lists."""

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from tasks.consumption import NEW_SEATS
from tasks.loading import load_taxonomies
from tasks.models import EngineeringReason, Service, StatusReason
from tasks.reasons import Reasons, new_seats

pytestmark = pytest.mark.django_db
IMPORT = "admin:tasks_engineeringreason_import"


@pytest.fixture
def catalogue():
    load_taxonomies()


@pytest.fixture
def admin(client):
    client.force_login(get_user_model().objects.create_superuser("admin", password="x"))
    return client


def csv(text: str) -> dict:
    return {"file": SimpleUploadedFile("l3.csv", text.encode())}


def names(service: str, l2: str) -> list[str]:
    rows = {reason.name: details for reason, details in Reasons.of(Service.objects.get(name=service).pk).rows}
    return [detail.name for detail in rows[l2]]


# The catalogue --------------------------------------------------------------------------------------------


def test_the_eighteen_l2_stand_below_their_l1(catalogue):
    count = {l1: StatusReason.objects.filter(l1=l1).count() for l1 in ("status-unknown", "in-progress", "blocked")}
    assert count == {"status-unknown": 2, "in-progress": 3, "blocked": 10}
    assert StatusReason.objects.count() == 18
    assert StatusReason.objects.get(name="Legal/Regulatory").pk == "blocked/legal-regulatory"


def test_a_service_has_the_l3_of_all_services_and_its_own(catalogue):
    all_services = ["Desktop / Devices", "Hardware", "Network", "Identity", "Other"]
    assert names("Yammer", "Customer IT Infrastructure, Remediation") == all_services
    assert names("Skype for Business", "Customer IT Infrastructure, Remediation") == [*all_services, "VDI"]
    assert "Privacy" in names("Windows 10", "Adoption Readiness")


def test_new_seats_have_their_reason_before_and_after_the_catalogue():
    """R47."""
    before = new_seats()
    load_taxonomies()
    before.refresh_from_db()
    assert (before.pk, StatusReason.objects.count()) == (NEW_SEATS, 18)
    assert before.text.startswith("New seats or a new service")


def test_services_name_their_health_group(catalogue):
    groups = Service.objects.exclude(health_group=None).values_list("name", "health_group")
    assert dict(groups) == {
        "Exchange": 1,
        "SharePoint": 1,
        "OneDrive for Business": 1,
        "Windows 10": 2,
        "Office ProPlus": 2,
        "AADP": 3,
        "Intune": 3,
    }


def test_the_database_refuses_a_key_outside_its_place(catalogue):
    """R45: slices name keys, so a key has to say where it stands."""
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusReason.objects.create(key="no-intent/moon", l1="blocked", name="Moon")
    with pytest.raises(IntegrityError), transaction.atomic():
        EngineeringReason.objects.create(key="blocked/moon", reason_id="blocked/legal-regulatory", name="Moon")


# The admin ------------------------------------------------------------------------------------------------


def test_an_editor_adds_an_l3_and_its_key_follows(admin, catalogue):
    teams = Service.objects.get(name="Teams")
    data = {"reason": "blocked/legal-regulatory", "name": "Works Council", "services": [teams.pk], "position": 9}
    assert admin.post(reverse("admin:tasks_engineeringreason_add"), data).status_code == 302
    made = EngineeringReason.objects.get(key="blocked/legal-regulatory/works-council")
    assert list(made.services.all()) == [teams]
    again = admin.post(reverse("admin:tasks_engineeringreason_add"), data | {"name": "works council"})
    assert "There is one of that name already" in again.content.decode()


def test_a_change_keeps_the_key_and_its_history(admin, catalogue):
    reason = StatusReason.objects.get(pk="blocked/legal-regulatory")
    reason.history.all().delete()
    url = reverse("admin:tasks_statusreason_change", args=[quote(reason.pk)])
    assert admin.post(url, {"name": "Law", "text": "", "position": 3}).status_code == 302
    reason.refresh_from_db()
    assert (reason.pk, reason.name, reason.l1) == ("blocked/legal-regulatory", "Law", "blocked")
    shown = admin.get(reverse("admin:tasks_statusreason_history", args=[quote(reason.pk)])).content.decode()
    assert "<td>Legal/Regulatory</td>" in shown
    old = reverse("admin:tasks_statusreason_simple_history", args=[quote(reason.pk), reason.history.last().pk])
    assert admin.get(old).status_code == 200


def test_lists_are_found_by_words_and_by_l1(admin, catalogue):
    shown = admin.get(reverse("admin:tasks_engineeringreason_changelist"), {"q": "macros"}).content.decode()
    assert "Legacy Macros" in shown
    shown = admin.get(reverse("admin:tasks_statusreason_changelist"), {"l1__exact": "no-intent"}).content.decode()
    assert "Executive Sponsorship" in shown
    assert "Service Reliability" not in shown


# Lists from CSV -------------------------------------------------------------------------------------------


def test_rows_are_looked_at_before_anything_is_written(admin, catalogue):
    before = EngineeringReason.objects.count()
    text = "L1,L2,L3,Services\nNo Intent,Using Competitive Solution,Contoso Chat,Teams; Yammer\n"
    text += "Blocked,using competitive solution,Wrong,Teams\n,Legal/Regulatory,Legal,\n"
    text += ",Executive Sponsorship,Moon,Holodeck\n,,Nothing,\n"
    page = admin.post(reverse(IMPORT), csv(text)).content.decode()
    assert "1 would be brought in, 1 is there already, 3 are left out" in page
    assert "“using competitive solution” is no L2 here." in page
    assert "“Holodeck” is no service here." in page
    assert EngineeringReason.objects.count() == before
    admin.post(reverse(IMPORT), {"apply": "1", "text": text})
    made = EngineeringReason.objects.get(name="Contoso Chat")
    assert {service.name for service in made.services.all()} == {"Teams", "Yammer"}
    assert made.history.exists()
    assert EngineeringReason.objects.count() == before + 1


def test_a_second_list_adds_services_to_an_l3(admin, catalogue):
    text = "L2;L3;Services\nCustomer IT Infrastructure, Remediation;VDI;Edge\n"
    assert "Gets more services" in admin.post(reverse(IMPORT), csv(text)).content.decode()
    admin.post(reverse(IMPORT), {"apply": "1", "text": text})
    assert "VDI" in names("Edge", "Customer IT Infrastructure, Remediation")
    assert "0 would be brought in, 1 is there already" in admin.post(reverse(IMPORT), csv(text)).content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The submitted file is empty."),
        ("L2;L3\n", "no rows below them"),
        ("a;b\n1;2\n", "The first row has to name the columns"),
        ("L2;L3\n" + "x;y\n" * 5_001, "more than 5,000 rows"),
        ('L2;L3\n"' + "x" * 200_000, "cannot be read as CSV"),
        ("L2;L3\n" + "x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(admin, catalogue, text, said):
    assert said in admin.post(reverse(IMPORT), csv(text)).content.decode()


def test_who_may_only_look_brings_nothing_in(client, catalogue):
    reader = get_user_model().objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_engineeringreason"))
    client.force_login(reader)
    assert client.get(reverse(IMPORT)).status_code == 403
    assert client.post(reverse(IMPORT), {"apply": "1", "text": "L2;L3\n"}).status_code == 403
