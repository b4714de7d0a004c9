"""Licence products: which services each brings, bundled with the catalogue and edited by administrators."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse

from tasks.loading import CannotLoad, load_taxonomies
from tasks.models import Product, Service
from tasks.products import load_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue():
    load_taxonomies()
    load_products()


@pytest.fixture
def admin(client):
    client.force_login(get_user_model().objects.create_superuser("admin", password="x", first_name="Ada"))
    return client


def brings(spelling: str) -> set[str]:
    product = Product.objects.by_spelling()[spelling.casefold()]
    return set(product.services.values_list("name", flat=True))


def url(what: str, *args) -> str:
    return reverse(f"admin:tasks_product_{what}", args=args)


@pytest.mark.parametrize(
    ("product", "services"),
    [
        (
            "Microsoft 365 E5",
            "Exchange|SharePoint|OneDrive for Business|Teams|Yammer|Office ProPlus|Intune|AADP|AIP|MCAS|Windows 10|OATP"
            "|MDATP|AzRMS|PowerBI",
        ),
        (
            "SPE_E3",
            "Exchange|SharePoint|OneDrive for Business|Teams|Yammer|Office ProPlus|Intune|AADP|AIP|Windows 10|AzRMS",
        ),
        ("Office 365 E1", "Exchange|SharePoint|OneDrive for Business|Teams|Yammer"),
        ("EMS E5", "Intune|AADP|AIP|MCAS|AzRMS"),
        ("Windows 10/11 Enterprise E5", "Windows 10|MDATP"),
        ("Exchange Online (Plan 1)", "Exchange"),
        (
            "Microsoft 365 E3 (no Teams)",
            "Exchange|SharePoint|OneDrive for Business|Yammer|Office ProPlus|Intune|AADP|AIP|Windows 10|AzRMS",
        ),
    ],
)
def test_a_product_brings_the_services_that_are_sold_with_it(catalogue, product, services):
    assert brings(product) == set(services.split("|"))


@pytest.mark.parametrize(
    "product",
    ["Microsoft 365 Business Premium", "Microsoft 365 F3", "Microsoft 365 A5 for faculty", "Microsoft 365 G5"],
)
def test_business_frontline_education_and_government_plans_are_there(catalogue, product):
    assert {"Exchange", "Teams", "Intune"} <= brings(product)


def test_the_catalogue_loads_them_once():
    call_command("load_catalogue", verbosity=0)
    count = Product.objects.count()
    assert count > 60
    assert load_products() == 0
    assert Product.objects.count() == count


def test_loading_again_leaves_what_an_administrator_did(catalogue, admin):
    """Other services, another name, a product taken out: none of it comes back."""
    emptied, renamed, gone = (Product.objects.get(name=f"Office 365 E{n}") for n in (1, 3, 5))
    data = {"name": "Office 365 E1", "aliases": "STANDARDPACK", "position": 1, "services": []}
    assert admin.post(url("change", emptied.pk), data).status_code == 302
    data = {"name": "O365 E3", "aliases": "", "position": 1, "services": [Service.objects.get(name="Teams").pk]}
    assert admin.post(url("change", renamed.pk), data).status_code == 302
    admin.post(url("delete", gone.pk), {"post": "yes"})
    assert load_products() == 0
    assert brings("Office 365 E1") == set()
    assert brings("O365 E3") == {"Teams"}
    assert not Product.objects.filter(name__in=["Office 365 E3", "Office 365 E5"]).exists()


def test_the_history_of_a_product_names_services_before_and_after(catalogue, admin):
    product = Product.objects.get(name="Exchange Online (Plan 1)")
    services = [service.pk for service in Service.objects.filter(name__in=["Exchange", "Outlook Mobile"])]
    data = {"name": product.name, "aliases": "EXCHANGESTANDARD", "position": product.position, "services": services}
    assert admin.post(url("change", product.pk), data).status_code == 302
    page = admin.get(url("history", product.pk)).content.decode()
    assert "Outlook Mobile" in page
    assert "Ada" in page


def test_one_spelling_belongs_to_one_product(catalogue, admin):
    data = {"name": "Our E5", "aliases": "spe_e5", "position": 1, "services": []}
    page = admin.post(url("add"), data).content.decode()
    assert "“spe_e5” is already a name of Microsoft 365 E5. Remove it from one of them." in page
    assert not Product.objects.filter(name="Our E5").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[product]]\naliases = ["X"]', "has no `name`"),
        ('[[product]]\nname = "X"\nservices = ["Nothing"]', "X names the unknown service `Nothing`"),
        ('[[product]]\nname = "X"\nincludes = ["Y"]', "X includes `Y`, which does not stand above it"),
        ('[[product]]\nname = "X"\nseats = 4', "X has the unknown key `seats`"),
        ("[[service]]", "`service` is not known; use [[product]]"),
        ("[[product", "cannot be read as TOML"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path, text, says):
    path = tmp_path / "products.toml"
    path.write_text(text)
    with pytest.raises(CannotLoad, match=".*") as refused:
        load_products(path)
    assert says in str(refused.value)
