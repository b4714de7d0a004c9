"""Nonsense in every form, list and address of the admin gets an answer, never an error of the server."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse

from tests.admin_forms import form_fields
from tests.admin_rows import row_of

NONSENSE = ["abc", "-1", "99999999999999999999999", "1.5", "٣", "' OR 1=1 --", "x" * 5000, "None", "[]"]
QUERIES = [
    "q=%00".replace("%00", "%ED%A0%80"),
    "o=abc.-9.99999999999999999999",
    "p=abc",
    "p=999999999999999999999",
    "all=abc&e=1",
    "_popup=abc&_to_field=nonsense",
    "_changelist_filters=%%%",
    "at__year=abc",
    "at__day=32&at__month=13&at__year=99999999999",
    "nosuch__field__exact=1",
    "id__exact=abc",
    "pk__in=a,b,99999999999999999999",
]
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ids = [model._meta.label_lower for model in MODELS]


def url(model, what, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.fixture
def ada(client, admin):
    client.force_login(admin)
    client.raise_request_exception = False
    return client


def assert_fine(answer, what):
    assert answer.status_code < 500, f"{what}: {answer.status_code}, {answer.exc_info and answer.exc_info[1]!r}"


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_no_query_breaks_a_list(ada, model):
    row_of(model)
    page = admin.site._registry[model]
    request = ada.get(url(model, "changelist")).wsgi_request
    names = {re.sub(r"=.*", "", part) for part in QUERIES}
    for spec in page.get_changelist_instance(request).filter_specs:
        names |= set(spec.expected_parameters())
    queries = [*QUERIES, *(f"{name}={value}" for name in names for value in NONSENSE[:5])]
    for query in queries:
        assert_fine(ada.get(f"{url(model, 'changelist')}?{query}"), query)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_no_id_breaks_a_page(ada, model):
    for nonsense in NONSENSE:
        for what in ("change", "delete", "history"):
            assert_fine(ada.get(url(model, what, quote(nonsense))), (what, nonsense))
            assert_fine(ada.post(url(model, what, quote(nonsense)), {"post": "yes"}), (what, nonsense))
        assert_fine(
            ada.post(url(model, "changelist"), {"action": "delete_selected", "_selected_action": [nonsense]}), nonsense
        )
    for name in page_actions(model, ada):
        for nonsense in NONSENSE[:3]:
            assert_fine(ada.post(url(model, "changelist"), {"action": name, "_selected_action": [nonsense]}), name)


def page_actions(model, client):
    request = client.get(url(model, "changelist")).wsgi_request
    return admin.site._registry[model].get_actions(request)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=ids)
def test_nonsense_in_any_field_is_refused_in_the_form(ada, model):
    row = row_of(model)
    pages = [url(model, "add"), url(model, "change", quote(row.pk))]
    for address in pages:
        page = ada.get(address)
        assert_fine(page, address)
        if page.status_code != 200:
            continue
        data = form_fields(page)
        data.pop("_save", None)
        assert_fine(ada.post(address, {}), "empty")
        names = data.keys() | set(page.context["adminform"].form.fields)
        for name in names:
            assert_fine(ada.post(address, data | {name: "abc"}), f"{address} {name}")
        for nonsense in NONSENSE:
            assert_fine(ada.post(address, dict.fromkeys(names, nonsense)), f"{address} {nonsense[:30]}")
            numbers = {name: nonsense for name, values in data.items() if values and values[0].isdecimal()}
            assert_fine(ada.post(address, data | numbers), f"{address} numbers={nonsense[:30]}")


@pytest.mark.django_db
@pytest.mark.parametrize("model", [m for m in MODELS if hasattr(m, "history")], ids=lambda m: m._meta.label_lower)
def test_no_version_breaks_a_history(ada, model):
    row = row_of(model)
    for version in ("0", "99999999999999999999", "abc"):
        for pk in (row.pk, "abc", "99999999999999999999"):
            address = url(model, "history", quote(pk)) + f"{version}/"
            assert_fine(ada.get(address), address)
            assert_fine(ada.post(address, {}), address)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "app_label=x&model_name=y&field_name=z&term=a",
        "app_label=engagements&model_name=assignment&field_name=user&term=" + "x" * 3000,
        "app_label=engagements&model_name=assignment&field_name=user&term=a&page=abc",
        "app_label=engagements&model_name=assignment&field_name=nothing",
        "",
    ],
)
def test_no_query_breaks_what_fields_suggest(ada, query):
    assert_fine(ada.get(f"{reverse('admin:autocomplete')}?{query}"), query)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["copy", "review"])
def test_no_number_breaks_the_pages_of_editions(ada, what):
    assert_fine(ada.get(reverse(f"admin:playbook_edition_{what}", args=[99999999999999999999])), what)


@pytest.mark.django_db
@pytest.mark.parametrize("pk", ["abc", "99999999999999999999", "-1"])
def test_no_id_breaks_the_password_of_a_user(ada, pk):
    assert_fine(ada.get(f"/admin/engagements/user/{pk}/password/"), pk)
    assert_fine(ada.post(f"/admin/engagements/user/{pk}/password/", {"password1": "x"}), pk)
