"""Bare pages: the same template behind the same middleware, drawn from rows that are ready (DESIGN §9).

A page is asked for once while its ``render`` is listened to; the template and the context of that answer
are kept, with every queryset read and every iterator run, and a view of its own draws them again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db.models import Manager, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.urls import include, path

kept: dict[str, tuple[str, dict[str, Any]]] = {}


def bare_page(request: HttpRequest, name: str) -> HttpResponse:
    template, context = kept[name]
    return render(request, template, context)


urlpatterns = [path("bench/bare/<str:name>/", bare_page, name="bare_page"), path("", include("fasttrack.urls"))]


@contextmanager
def keeping(name: str) -> Iterator[None]:
    """Keeps what the page drawn inside the block was drawn from."""
    real = loader.render_to_string

    def listening(template, context=None, *args, **values):
        kept[name] = (template, ready(dict(context or {})))
        return real(template, kept[name][1], *args, **values)

    with mock.patch.object(loader, "render_to_string", listening):
        yield


def ready(value: Any) -> Any:
    """Nothing lazy is left: rows are read, iterators have run."""
    if isinstance(value, QuerySet):
        len(value)
        return value
    if isinstance(value, Manager):
        return ready(value.all())
    if isinstance(value, Mapping):
        return {key: ready(one) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(ready(one) for one in value)
    return [ready(one) for one in value] if isinstance(value, Iterator) else value
