"""A person says yes over the API: the question, its answer, and who may bring it."""

from tests.integration.api_world import serving
from tests.integration.cli_world import cli
from tests.integration.test_authorize import asked, configured, world

__all__ = ["cli"]


def test_the_answer_to_the_question_is_exchanged_for_tokens_and_the_log_says_so(cli):
    with world() as made:
        configured(cli, made)
        with serving(cli.home) as served:
            admin = served.operator("ana", "administrator")
            begun = admin.good("POST", "/connections/hr/consent")
            assert begun["callback"] == made.authorization["callback"]
            answer = made.application.consent(asked(begun["address"]))
            body = {"address": answer, "visit": begun["visit"]}
            assert served.operator("eve", "administrator").bad(
                400, "POST", "/connections/hr/consent/answer", body
            )  # somebody else's question
            assert admin.bad(400, "POST", "/connections/hr/consent/answer", {**body, "visit": "k1.AAAA"})
            assert admin.good("POST", "/connections/hr/consent/answer", body) is None
            assert [one["subject"] for one in admin.get("/audit", action="connection_authorize")["items"]] == ["hr"]
            assert made.grants == ["authorization_code"]
            assert admin.good("POST", "/connections/hr/check")[0]["good"]


def test_only_a_connection_of_that_kind_is_asked_and_by_who_may_set_secrets(cli):
    with world() as made:
        configured(cli, made)
        with serving(cli.home) as served:
            assert served.operator("ana", "administrator").bad(404, "POST", "/connections/nobody/consent")
            assert served.operator("rea", "auditor").bad(403, "POST", "/connections/hr/consent")
