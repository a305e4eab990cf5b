import pytest

from keepstep.core.link import Link, LinkState
from keepstep.store.links import SqlLinks


@pytest.fixture
def links(database):
    return SqlLinks(database)


def test_links_are_loaded_as_they_were_saved(links):
    saved = [Link("a", "1"), Link("b", "2", LinkState.LEFT)]
    links.save("staff", saved)
    assert links.load("staff") == {"a": saved[0], "b": saved[1]}


def test_rules_do_not_see_each_others_links(links):
    links.save("staff", [Link("a", "1")])
    links.save("guests", [Link("a", "2")])
    assert links.load("staff") == {"a": Link("a", "1")}
    assert links.load("nobody") == {}


def test_a_source_that_gets_another_target_is_paired_anew(links):
    links.save("staff", [Link("a", "1")])
    links.save("staff", [Link("a", "2")])
    assert links.load("staff") == {"a": Link("a", "2")}


def test_a_target_that_gets_another_source_is_paired_anew(links):
    links.save("staff", [Link("a", "1")])
    links.save("staff", [Link("b", "1")])
    assert links.load("staff") == {"b": Link("b", "1")}


def test_two_people_can_change_partners_at_once(links):
    links.save("staff", [Link("a", "1"), Link("b", "2")])
    links.save("staff", [Link("a", "2"), Link("b", "1")])
    assert links.load("staff") == {"a": Link("a", "2"), "b": Link("b", "1")}


def test_of_two_links_for_one_account_in_one_call_the_later_counts(links):
    links.save("staff", [Link("a", "1"), Link("a", "2"), Link("b", "2")])
    assert links.load("staff") == {"b": Link("b", "2")}


def test_forgotten_links_are_gone_and_unknown_ones_do_no_harm(links):
    links.save("staff", [Link("a", "1"), Link("b", "2")])
    links.save("staff", [], forget=["a", "never"])
    assert links.load("staff") == {"b": Link("b", "2")}


def test_forgetting_and_saving_the_same_source_keeps_the_new_link(links):
    links.save("staff", [Link("a", "1")])
    links.save("staff", [Link("a", "2")], forget=["a"])
    assert links.load("staff") == {"a": Link("a", "2")}


def test_saving_nothing_changes_nothing(links):
    links.save("staff", [Link("a", "1")])
    links.save("staff", [])
    assert links.load("staff") == {"a": Link("a", "1")}
