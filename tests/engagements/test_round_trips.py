"""What the desk exports and imports comes back as it went: nothing to change, unless somebody changed a cell."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from engagements import spreadsheets
from engagements.importing.licences import LICENCES
from engagements.importing.options import ImportOptions
from engagements.importing.planning import plan
from engagements.importing.reading import read
from engagements.importing.usage import USAGE
from engagements.importing.writing import refused_rows, template
from engagements.models import Customer, ImportBatch, Tenant
from engagements.selectors import portfolio_export
from engagements.services import imports, summaries
from tasks.folding import fold
from tests import factories as make
from tests.cast import person

SHOWN_ONLY = [name for name in portfolio_export.COLUMNS if name not in ("Customer", "TPID", "Tenant", "Tenant ID")]
SHOWN_ONLY = [name for name in SHOWN_ONLY if name not in ("Domain", "Country", "Seats")]


@pytest.fixture
def portfolio(owner, engagement, summarised):
    """Two engagements of one tenant and one of another, with what lists show of them."""
    Tenant.objects.filter(pk=engagement.tenant_id).update(country="DE", seats=1200)
    second = make.EngagementFactory(edition=engagement.edition, tenant=engagement.tenant)
    other = make.EngagementFactory(edition=engagement.edition, tenant__customer__name="=Contoso, “Ltd”")
    make.AssignmentFactory(user=owner, tenant=other.tenant, primary=True)
    make.NextActionFactory(engagement=other, text="Ask again; " * 40)
    for one in (engagement, second, other):
        summaries.refresh(one.pk)
    return engagement.tenant


@pytest.fixture
def exported(client, owner):
    def ask(kind: str, **headers) -> bytes:
        client.force_login(owner)
        answer = client.get(reverse("engagement_export"), {"format": kind}, headers=headers)
        return b"".join(answer.streaming_content)

    return ask


@pytest.fixture
def upload(client, owner):
    def send(data: bytes, kind: str) -> str:
        client.force_login(owner)
        answer = client.post(reverse("import_upload"), {"file": SimpleUploadedFile(f"portfolio.{kind}", data)})
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    return send


def page(client, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())


def with_cell(data: bytes, kind: str, column: str, value, row: int = 0) -> bytes:
    """The exported file after somebody has typed into one cell."""
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        names = [cell.value for cell in book.active[1]]
        book.active.cell(row + 2, names.index(column) + 1).value = value
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    table[row + 1][table[0].index(column)] = str(value)
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue().encode("utf-8-sig")


# The portfolio --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_exported_portfolio_changes_nothing(client, portfolio, exported, upload, kind):
    url = upload(exported(kind), kind)
    shown = page(client, url)
    assert "Nothing to change: everything in the file is already recorded." in shown
    assert 'id="apply"' not in shown
    assert "3 rows" in shown


def test_a_german_export_changes_nothing_either(client, portfolio, exported, upload):
    data = exported("csv", **{"accept-language": "de-DE"})
    assert b";TPID;" in data
    assert "Nothing to change" in page(client, upload(data, "csv"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_columns_that_are_only_shown_are_named_as_ignored_once(client, portfolio, exported, upload, kind):
    shown = page(client, upload(exported(kind), kind))
    assert shown.count("because the portfolio only shows them") == 1
    notice = shown.split("because the portfolio only shows them: ")[1].split("</p>")[0]
    for name in SHOWN_ONLY:
        assert notice.count(f"“{name}”") == 1, name


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("column", "value", "field", "after"),
    [
        ("Seats", 1300, "seats", 1300),
        ("Country", "FR", "country", "FR"),
        ("Domain", "new.example", "domain", "new.example"),
    ],
)
def test_a_changed_cell_is_a_change(client, portfolio, exported, upload, kind, column, value, field, after):
    """Also of a tenant that stands there twice, once for each of its engagements."""
    data = exported(kind)
    names = [row["Customer"] for row in csv.DictReader(io.StringIO(exported("csv").decode("utf-8-sig")))]
    for row in (place for place, name in enumerate(names) if name == "Northwind Traders"):
        Tenant.objects.filter(pk=portfolio.pk).update(seats=1200, country="DE", domain=portfolio.domain)
        url = upload(with_cell(data, kind, column, value, row), kind)
        assert "0 new and 1 changed, of 3 rows." in page(client, url)
        client.post(url)
        assert getattr(Tenant.objects.get(pk=portfolio.pk), field) == after


def test_two_different_changes_of_one_tenant_are_refused(client, portfolio, exported, upload):
    data = exported("csv")
    names = [row["Customer"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))]
    first, second = (place for place, name in enumerate(names) if name == "Northwind Traders")
    data = with_cell(with_cell(data, "csv", "Seats", 1300, first), "csv", "Seats", 1400, second)
    assert "says “1,300”, this row “1,400”. Correct one of the two." in page(client, upload(data, "csv"))


def test_a_column_that_is_only_shown_changes_nothing(client, portfolio, exported, upload):
    url = upload(with_cell(exported("csv"), "csv", "Outcome", "Won"), "csv")
    assert "Nothing to change" in page(client, url)


# Nobody gets control characters into a form; everything else is kept as it is typed or imported.
typed = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n=+-@'\""), min_size=1, max_size=30
)


class AnyPortfolio(TestCase):
    """Whatever names, domains and countries are kept, however they came there."""

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        rows=st.lists(
            st.tuples(typed, typed, typed, st.sampled_from(["", "DE", "QQ"])),
            min_size=1,
            max_size=4,
        ),
        kind=st.sampled_from(["csv", "xlsx"]),
        between=st.sampled_from([",", ";"]),
    )
    def test_comes_in_again_without_a_change(self, rows, kind, between):
        make.EngagementFactory()
        by = person("joana", "Team Manager")
        for number, (customer, tenant, domain, country) in enumerate(rows):
            kept = Customer.objects.create(tpid=900_000 + number, **Customer.folded(customer))
            tenant = make.TenantFactory(
                customer=kept, name=tenant, name_folded=fold(tenant), domain=domain, country=country
            )
            summaries.refresh(make.EngagementFactory(tenant=tenant).pk)
        found = portfolio_export.rows(
            make.models.Engagement.objects.filter(summary__isnull=False).order_by("pk"),
            dt.date(2026, 5, 21),
            "http://x",
        )
        file = spreadsheets.workbook(found) if kind == "xlsx" else spreadsheets.csv_file(found, between)
        sheet = read(file.read(), f"portfolio.{kind}")
        planned = plan(sheet.rows, by, options=ImportOptions(ignored=tuple(sheet.ignored)))
        assert [(row.state, row.reasons) for row in planned.rows] == [("same", [])] * len(planned.rows)


# The others -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ImportBatch.Kind)
@pytest.mark.parametrize("between", [",", ";"])
def test_every_template_is_read_whole(db, kind, between):
    columns = imports.KINDS[kind].columns
    sheet = imports.read_upload(template(columns, between).encode(), "template.csv", kind)
    assert sheet.ignored == []
    assert {key for row in sheet.rows for key in row.values} == set(columns.by_key)


@pytest.mark.parametrize("columns", [USAGE, LICENCES], ids=["usage", "licences"])
@given(st.data())
def test_refused_rows_are_read_as_they_were_uploaded(columns, data):
    from engagements.importing.plan import PlannedRow
    from engagements.importing.reading import Row, clean

    cell = (
        st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20).map(clean).filter(bool)
    )
    cell = cell.filter(lambda text: clean(text) == text)
    values = st.fixed_dictionaries({column.key: cell for column in columns.columns})
    rows = data.draw(st.lists(values, min_size=1, max_size=5))
    planned = [PlannedRow(Row(line, row), reasons=["Because."]) for line, row in enumerate(rows, start=2)]
    again = read(refused_rows(planned, columns).encode(), "refused.csv", columns)
    assert [row.values for row in again.rows] == rows
