"""Which addresses may be called: those of the Internet, and what is listed."""

import pytest
from pydantic import ValidationError

from keepstep.core.egress import NOWHERE_ELSE, EgressSpec, kind_of, what_to_list

INNER = [
    ("127.0.0.1", "a loopback address"),
    ("127.255.255.254", "a loopback address"),
    ("10.0.0.1", "a private address"),
    ("172.31.255.255", "a private address"),
    ("192.168.1.1", "a private address"),
    ("100.64.0.1", "a private address"),
    ("fd00::1", "a private address"),
    ("::1", "a loopback address"),
    ("::ffff:10.0.0.1", "a private address"),
    ("::ffff:127.0.0.1", "a loopback address"),
    ("64:ff9b::a00:1", "a private address"),
]
NEVER_BY_NAME = [
    ("0.0.0.0", "the unspecified address"),
    ("::", "the unspecified address"),
    ("0.1.2.3", "a reserved address"),
    ("169.254.1.1", "a link-local address"),
    ("fe80::1%eth0", "a link-local address"),
    ("169.254.169.254", "a metadata address of a cloud"),
    ("::ffff:169.254.169.254", "a metadata address of a cloud"),
    ("64:ff9b::a9fe:a9fe", "a metadata address of a cloud"),
    ("fd00:ec2::254", "a metadata address of a cloud"),
    ("168.63.129.16", "a metadata address of a cloud"),
    ("100.100.100.200", "a metadata address of a cloud"),
    ("224.0.0.1", "a multicast address"),
    ("ff02::1", "a multicast address"),
    ("239.255.255.250", "a multicast address"),
    ("255.255.255.255", "a reserved address"),
    ("240.0.0.1", "a reserved address"),
    ("192.0.2.1", "a reserved address"),
    ("198.18.0.1", "a reserved address"),
    ("2001:db8::1", "a reserved address"),
    ("::10.0.0.1", "a reserved address"),
    ("fec0::1", "a reserved address"),
    ("64:ff9b:1::a00:1", "a reserved address"),
    ("2002:a00:1::", "an address of a tunnel"),
    ("2002:808:808::", "an address of a tunnel"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "an address of a tunnel"),
    ("no address", "no address"),
    ("0x7f000001", "no address"),
    ("2130706433", "no address"),
    ("0177.0.0.1", "no address"),
    ("127.1", "no address"),
    ("", "no address"),
]


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_internet_needs_no_entry(address):
    assert NOWHERE_ELSE.admits(address, named=False)


@pytest.mark.parametrize(("address", "kind"), INNER + NEVER_BY_NAME)
def test_nothing_outside_the_internet_is_called_unless_it_is_listed(address, kind):
    assert not NOWHERE_ELSE.admits(address, named=False)
    assert kind_of(address) == kind


@pytest.mark.parametrize("address", [address for address, _ in INNER])
def test_a_listed_name_leads_into_ones_own_networks(address):
    assert NOWHERE_ELSE.admits(address, named=True)


@pytest.mark.parametrize("address", [address for address, _ in NEVER_BY_NAME])
def test_a_listed_name_does_not_lead_to_metadata_and_other_odd_places(address):
    assert not NOWHERE_ELSE.admits(address, named=True)


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("10.1.2.3", "::ffff:10.1.2.3", "::ffff:10.1.2.4"),
        ("10.1.2.3", "64:ff9b::a01:203", "64:ff9b::a01:204"),
        ("fd12::/16", "fd12:1::1", "fd13::1"),
        ("169.254.169.254", "169.254.169.254", "169.254.169.253"),
        ("::1", "::1", "127.0.0.1"),
    ],
)
def test_what_is_listed_is_called_and_its_neighbour_is_not(entry, inside, outside):
    spec = EgressSpec(allow=[entry])
    assert spec.admits(inside, named=False)
    assert spec.lists(inside)
    assert not spec.admits(outside, named=False)
    assert not spec.lists(outside)


@pytest.mark.parametrize("host", ["App.corp.example", "app.corp.example.", "app.corp.example"])
def test_a_name_is_listed_however_it_is_written(host):
    spec = EgressSpec(allow=["app.CORP.example"])
    assert spec.lists(host)
    assert not spec.lists(f"x{host}")
    assert not spec.lists("corp.example")


@pytest.mark.parametrize(
    "entry",
    ["10.1.2.3/8", "10.1.2", "2130706433", "0x7f.1", "127.1", "http://app", "app:443", "app/path", "", "a b", "*.corp",
     "::ffff:10.0.0.1", "::ffff:0:0/96", "300.1.1.1", "-app"],
)  # fmt: skip
def test_an_entry_that_would_not_mean_what_it_says_is_refused(entry):
    with pytest.raises(ValidationError):
        EgressSpec(allow=[entry])


def test_it_is_said_what_has_to_be_listed():
    assert '"app.corp.example" or "10.0.0.1"' in what_to_list("app.corp.example", "10.0.0.1")
    assert 'add "10.0.0.1" to' in what_to_list("10.0.0.1", "10.0.0.1")
    assert 'add "169.254.169.254" to' in what_to_list("app.corp.example", "169.254.169.254")
    assert 'add "10.0.0.1" to' in what_to_list("10.1", "10.0.0.1")
    assert '"127.1"' in what_to_list("127.1", "127.1")


@pytest.mark.parametrize("proxy", [{"user": "k"}, {"password": {"secret": "p"}}, {"url": "http://k:p@proxy:1"}])
def test_a_proxy_has_both_user_and_password_or_none_and_no_secret_in_its_address(proxy):
    with pytest.raises(ValidationError):
        EgressSpec.model_validate({"proxy": {"url": "http://proxy:3128", **proxy}})
