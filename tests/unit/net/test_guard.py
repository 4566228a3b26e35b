"""The guard, against the public vector file."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from lambdify.net import guard
from lambdify.net.errors import AddressRefused, NameUnknown, TimedOut

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "hostile_urls.json").read_text())


def lying(*addresses: str) -> guard.Resolver:
    return lambda _host, _port: addresses


def resolve(url: str, *addresses: str, allow_loopback: bool = False) -> list[str]:
    target = guard.parse(url, allow_loopback=allow_loopback)
    return guard.resolve(target, allow_loopback=allow_loopback, seconds=1, resolver=lying(*addresses))


@pytest.mark.parametrize("vector", VECTORS["hostile_urls"], ids=lambda vector: ascii(vector["url"])[:60])
def test_hostile_url_is_refused_for_its_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(AddressRefused) as caught:
        resolve(vector["url"], "93.184.215.14")

    assert caught.value.reason == vector["reason"]


@pytest.mark.parametrize("vector", VECTORS["hostile_names"], ids=lambda vector: ascii(vector["url"]))
def test_name_with_one_inner_address_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(AddressRefused) as caught:
        resolve(vector["url"], *vector["resolves_to"])

    assert caught.value.reason == vector["reason"]


@pytest.mark.parametrize("vector", VECTORS["benign"], ids=lambda vector: ascii(vector["url"]))
def test_benign_url_leads_where_it_says(vector: dict[str, Any]) -> None:
    target = guard.parse(vector["url"])

    assert (target.host, target.port, target.path) == (vector["host"], vector["port"], vector["path"])
    assert resolve(vector["url"], *vector["resolves_to"]) == (vector["resolves_to"] or [vector["host"]])


def test_vectors_are_many_and_distinct() -> None:
    urls = [vector["url"] for vector in VECTORS["hostile_urls"]]

    assert len(urls) == len(set(urls)) > 150


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("http://127.0.0.1:9000/", ()),
        ("http://localhost:9000/x", ("127.0.0.1",)),
        ("https://[::1]:9000/", ()),
        ("http://example.com/", ("93.184.215.14",)),
    ],
)
def test_local_stack_may_reach_this_machine(url: str, addresses: tuple[str, ...]) -> None:
    assert resolve(url, *addresses, allow_loopback=True)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/"])
def test_local_stack_reaches_nothing_else_inside(url: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(url, allow_loopback=True)


@pytest.mark.parametrize(
    "resolver",
    [lying(), lambda _host, _port: (_ for _ in ()).throw(OSError("no such host"))],
    ids=["empty", "error"],
)
def test_unknown_name_is_a_dns_error(resolver: guard.Resolver) -> None:
    with pytest.raises(NameUnknown):
        guard.resolve(guard.parse("https://example.com/"), allow_loopback=False, seconds=1, resolver=resolver)


def test_slow_resolver_is_not_waited_for() -> None:
    def slow(_host: str, _port: int) -> list[str]:
        time.sleep(0.5)
        return ["93.184.215.14"]

    with pytest.raises(TimedOut):
        guard.resolve(guard.parse("https://example.com/"), allow_loopback=False, seconds=0.05, resolver=slow)


def test_one_connection_asks_the_resolver_once() -> None:
    """A second look-up could answer with another address: the hole that rebinding uses."""
    asked: list[str] = []

    def counting(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    addresses = guard.resolve(guard.parse("https://example.com/"), allow_loopback=False, seconds=1, resolver=counting)

    assert addresses == ["93.184.215.14"]
    assert asked == ["example.com"]


def test_system_resolver_knows_this_machine() -> None:
    assert "127.0.0.1" in guard.system_resolver("localhost", 80)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com/", "example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_host_header_names_the_host_and_an_unusual_port(url: str, authority: str) -> None:
    assert guard.parse(url).authority == authority
