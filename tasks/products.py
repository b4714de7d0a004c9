"""Which services the products of Microsoft's licensing bring, from a TOML file (`fixtures/products.toml`).

Loading again adds the products that are missing. One that is there already is left as it is, and one that an
administrator has renamed or deleted does not come back.
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tasks.folding import fold
from tasks.loading import CannotLoad, read_toml
from tasks.models import Product, Service

BUNDLED = settings.BASE_DIR / "fixtures" / "products.toml"
KEYS = {"name", "aliases", "services", "includes"}


@dataclass(frozen=True)
class ProductRow:
    """One product of the file, with everything that it and the products it includes bring."""

    name: str
    aliases: list[str]
    services: list[Service]


@transaction.atomic
def load_products(path: Path | str = BUNDLED) -> int:
    """Creates the products of the file that the database lacks; returns how many. Raises CannotLoad."""
    known = set(Product.objects.by_spelling())
    known |= {fold(name) for name in Product.history.order_by().values_list("name", flat=True).distinct()}
    rows = _rows(read_toml(Path(path)), Service.objects.by_spelling(), str(path))
    created: list[tuple[Product, ProductRow]] = []
    for position, row in enumerate(rows, 1):
        if fold(row.name) in known:
            continue
        aliases = [alias for alias in row.aliases if fold(alias) not in known]
        created.append((Product(name=row.name, aliases=aliases, position=position), row))
        known |= {fold(row.name), *map(fold, aliases)}
    Product.objects.bulk_create(product for product, _ in created)
    brings = Product.services.through
    brings.objects.bulk_create(
        brings(product=product, service=service) for product, row in created for service in row.services
    )
    return len(created)


def _rows(data: dict, services: dict[str, Service], path: str) -> list[ProductRow]:
    """The products of a file, in its order; one includes only products that stand above it."""
    if unknown := set(data) - {"product"}:
        raise CannotLoad(f"{path}: `{min(unknown)}` is not known; use [[product]].")
    rows: dict[str, ProductRow] = {}
    for given in data.get("product", []):
        name = given.get("name")
        if not name:
            raise CannotLoad(f"{path}: a [[product]] has no `name`.")
        if unknown := set(given) - KEYS:
            raise CannotLoad(f"{path}: [[product]] {name} has the unknown key `{min(unknown)}`.")
        found: dict[int, Service] = {}
        for included in given.get("includes", ()):
            if included not in rows:
                raise CannotLoad(f"{path}: [[product]] {name} includes `{included}`, which does not stand above it.")
            found |= {service.pk: service for service in rows[included].services}
        for text in given.get("services", ()):
            service = services.get(fold(text))
            if service is None:
                raise CannotLoad(f"{path}: [[product]] {name} names the unknown service `{text}`.")
            found[service.pk] = service
        rows[name] = ProductRow(name, given.get("aliases", []), list(found.values()))
    return list(rows.values())
