"""Which address a request came from, behind a known number of proxies."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_NETWORK = 64  # what one subscriber is given: whoever has one address has them all


def client_address(remote: str, forwarded_for: str, proxies: int) -> str | None:
    """The address of the client: the entry of ``X-Forwarded-For`` that the outermost trusted proxy wrote.

    Each trusted proxy appends whom it was asked by, so the entries count from the right, and what a client wrote
    itself stands further left. Where there are fewer entries than proxies, every one was written by a proxy of ours.
    ``remote`` answers where no proxy is trusted, no header came or the entry is no address. None: it is none either.
    """
    entries = [entry for entry in forwarded_for.split(",") if entry.strip()] if proxies > 0 else []
    found = _address(entries[-min(proxies, len(entries))]) if entries else None
    return found or _address(remote)


def counted_network(address: str | None) -> str | None:
    """What failures are counted under: an IPv4 address, or the network of an IPv6 address."""
    if address is None or ":" not in address:
        return address
    return str(ipaddress.IPv6Network((address, IPV6_NETWORK), strict=False).network_address)


def address_of(request: HttpRequest) -> str | None:
    """The address of the client of a request, or None where the server does not know it (a Unix socket)."""
    sent = request.META
    return client_address(sent.get("REMOTE_ADDR", ""), sent.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)


def _address(text: str) -> str | None:
    """The address in ``203.0.113.9``, ``203.0.113.9:4711``, ``2001:db8::1`` or ``[2001:db8::1]:4711``."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
