"""Templates run to their ends by a worker, on SQLite and on PostgreSQL."""

from collections import Counter

import pytest

from keepstep.errors import UsageError
from tests.lab.recording import Reply


def test_every_block_is_carried_out_in_the_order_of_the_arrows(runs):
    runs.template(
        {
            "greet": {"webhook": "app.greet", "next": "move"},
            "move": {"action": {"set": {"title": "Greeted {{ blocks.greet.id }}"}}, "next": "check"},
            "check": {"if": '{{ title | starts_with("Greeted") }}', "then": "say", "else": "bad"},
            "say": {"webhook": "app.again", "with": {"text": "{{ title }} by {{ run.operator }}"}, "next": "good"},
            "good": {"end": "success"},
            "bad": {"end": "failure"},
        }
    )
    run = runs.run()
    assert (run.state, run.counts) == ("done", {"succeeded": 4}), runs.told
    assert [block for block, _ in runs.path(run)] == ["greet", "move", "check", "say", "good"]
    assert sorted(runs.greeted()) == ["Ana", "Eva", "Ivo", "Mia"]
    (text,) = {request.json["text"].rpartition("-")[0] for request in runs.app.to("/again")}
    assert text == "Greeted id"
    assert ("run_ended", "ana") in runs.audited()


GOOD, BAD = {"end": "success"}, {"end": "failure"}


def refusing(name):
    """The application refuses to greet the one called *name*."""

    def answer(request):
        if request.path == "/greet" and request.json["name"] == name:
            return Reply({"error": "no"}, status=422)
        return Reply({"id": "7", "state": "ready"})

    return answer


def test_who_fails_takes_the_arrow_for_that_and_stops_nobody_else(runs):
    runs.template(
        {
            "greet": {"webhook": "app.greet", "next": "good", "on_failure": "tell"},
            "tell": {"webhook": "app.again", "with": {"text": "{{ blocks.greet.result }}"}, "next": "bad"},
            "good": GOOD,
            "bad": BAD,
        }
    )
    runs.answer = refusing("Ivo")
    run = runs.run()
    assert (run.state, run.counts) == ("partial", {"succeeded": 3, "failed": 1})
    assert runs.path(run, 1) == [("greet", "failed"), ("tell", "succeeded"), ("bad", "succeeded")]
    assert [request.json for request in runs.app.to("/again")] == [{"text": "failed"}]


def test_without_an_arrow_for_it_a_failure_ends_the_run_of_the_subject(runs):
    runs.template({"greet": {"webhook": "app.greet", "next": "more"}, "more": {"webhook": "app.blind"}})
    runs.answer = refusing("Ivo")
    run = runs.run("Ana", "Ivo")
    assert runs.stands(run) == {"Ana": ("succeeded", "more"), "Ivo": ("failed", "greet")}
    assert len(runs.app.to("/blind")) == 1
    assert "422" in runs.why(run, 1) or "refused" in runs.why(run, 1)


def test_a_loop_without_an_end_is_stopped_and_named(runs):
    runs.template(
        {"check": {"if": '{{ cn == "Ana" }}', "then": "say"}, "say": {"webhook": "app.blind", "next": "check"}}
    )
    run = runs.run("Ana", "Ivo")
    assert runs.stands(run) == {"Ana": ("failed", "check"), "Ivo": ("succeeded", "check")}
    assert "loop without an end" in runs.why(run)
    assert len(runs.app.to("/blind")) == 15


def test_a_sub_template_reads_what_its_own_blocks_gave(runs):
    inner = {
        "greet": {"webhook": "app.greet", "next": "say"},
        "say": {"webhook": "app.again", "with": {"text": "{{ blocks.greet.id }} for {{ cn }}"}, "next": "done"},
        "done": GOOD,
    }
    outer = {"all": {"template": "inner", "next": "last"}, "last": {"webhook": "app.blind"}}
    runs.configure(
        {
            "t": {"subject": "corp.users", "start": "all", "blocks": outer},
            "inner": {"subject": "corp.users", "start": "greet", "blocks": inner},
        }
    )
    runs.answer = lambda _: Reply({"id": "7"})
    run = runs.run("Ana")
    assert [request.json["text"] for request in runs.app.to("/again")] == ["7 for Ana"]
    assert [block for block, _ in runs.path(run)] == ["all/greet", "all/say", "all/done", "last"]


def test_a_long_delay_goes_on_after_a_restart_and_does_nothing_twice(runs):
    blocks = {
        "greet": {"webhook": "app.greet", "next": "wait"},
        "wait": {"delay": "30d", "next": "say"},
        "say": {"webhook": "app.blind"},
    }
    runs.template(blocks)
    run = runs.run("Ana", "Ivo")
    assert runs.stands(run) == {"Ana": ("waiting", "wait"), "Ivo": ("waiting", "wait")}
    runs.pass_by(run, days=29)
    assert runs.work(run).state == "running"
    assert runs.app.to("/blind") == []
    runs.pass_by(run, days=1, minutes=1)
    assert runs.work(run).state == "done"
    assert (len(runs.greeted()), len(runs.app.to("/blind"))) == (2, 2)


def test_a_delay_lasts_until_the_moment_that_an_attribute_says(runs):
    runs.template({"wait": {"delay": {"until": "{{ info }}"}, "next": "say"}, "say": {"webhook": "app.blind"}})
    runs.edit("sAMAccountName: user1\n", "sAMAccountName: user1\ninfo: 2001-02-03\n")
    runs.edit("sAMAccountName: user2\n", "sAMAccountName: user2\ninfo: 2199-02-03T04:05:06Z\n")
    run = runs.run("Ana", "Ivo", "Mia")
    stands = runs.stands(run)
    assert stands == {"Ana": ("succeeded", "say"), "Ivo": ("waiting", "wait"), "Mia": ("failed", "wait")}
    assert "gives no date or time" in runs.why(run, 2)


def test_a_wait_ends_when_its_condition_holds_or_its_deadline_passed(runs):
    wait = {"wait_until": '{{ title == "Boss" }}', "every": "5m", "deadline": "2d", "next": "good", "on_late": "late"}
    runs.template({"wait": wait, "good": GOOD, "late": {"webhook": "app.blind", "next": "bad"}, "bad": BAD})
    run = runs.run("Ana", "Ivo")
    runs.edit("sAMAccountName: user1\n", "sAMAccountName: user1\ntitle: Boss\n")
    runs.pass_by(run, minutes=6)
    runs.work(run)
    assert runs.stands(run) == {"Ana": ("succeeded", "good"), "Ivo": ("waiting", "wait")}
    runs.pass_by(run, days=2)
    assert runs.work(run).state == "partial"
    assert runs.path(run, 1) == [("wait", "failed"), ("late", "succeeded"), ("bad", "succeeded")]


def test_a_wait_asks_the_application_each_time_and_gives_what_it_answered(runs):
    wait = {"wait_until": '{{ blocks.wait.state == "ready" }}', "poll": "app.ready", "every": "1m", "next": "say"}
    runs.template({"wait": wait, "say": {"webhook": "app.again", "with": {"text": "{{ blocks.wait.state }}"}}})
    runs.answer = lambda _: Reply({"state": "busy"})
    run = runs.run("Ana")
    assert runs.stands(run) == {"Ana": ("waiting", "wait")}
    runs.answer = lambda _: Reply({"state": "ready"})
    runs.pass_by(run, minutes=2)
    assert runs.work(run).state == "done"
    assert [request.json for request in runs.app.to("/again")] == [{"text": "ready"}]


APPROVAL = {"by": ["ana", "ivo", "mia"], "need": 2, "not_requester": True, "text": "{{ subject.name }} leaves"}


def asking(**more):
    ask = {"approval": APPROVAL, "next": "say", "on_rejected": "no", "on_late": "late", **more}
    return {"ask": ask, "say": {"webhook": "app.blind", "next": "good"}, "good": GOOD, "no": BAD, "late": BAD}


def test_an_approval_needs_as_many_as_it_says_and_not_the_one_who_asks(runs):
    runs.template(asking())
    run = runs.run("Ana")
    assert runs.stands(run) == {"Ana": ("approval", "ask")}
    assert "2 of ana, ivo, mia" in runs.why(run)
    assert "Ana leaves" in runs.why(run)
    for stranger in ("ana", "eva"):
        with pytest.raises(UsageError, match="may not decide"):
            runs.steer(run, "decide", [], approved=True, by=stranger)
    runs.steer(run, "decide", [], approved=True, by="ivo")
    assert runs.steer(run, "decide", [], approved=True, by="ivo") == 0
    assert runs.work(run).state == "running"
    runs.steer(run, "decide", ["Ana"], approved=True, by="mia")
    assert runs.work(run).state == "done"
    assert len(runs.app.to("/blind")) == 1
    assert [entry for entry in runs.audited() if entry[0] == "approve"] == [("approve", "ivo"), ("approve", "mia")]


def test_one_rejection_or_nobody_in_time_takes_the_arrow_for_that(runs):
    runs.template(asking(deadline="7d"))
    run = runs.run("Ana", "Ivo")
    runs.steer(run, "decide", ["Ana"], approved=False, note="stays", by="mia")
    runs.work(run)
    assert runs.stands(run) == {"Ana": ("failed", "no"), "Ivo": ("approval", "ask")}
    runs.pass_by(run, days=8)
    runs.work(run)
    assert runs.stands(run) == {"Ana": ("failed", "no"), "Ivo": ("failed", "late")}
    assert runs.app.to("/blind") == []


LEAVING = {
    "disable": {"action": "disable", "next": "wait"},
    "wait": {"delay": "30d", "next": "gone"},
    "gone": {"action": "delete"},
}


def test_a_run_that_waits_is_called_off_when_its_condition_holds(runs):
    runs.template(LEAVING, cancelled_by='{{ enabled == "true" }}', look_every="1h")
    run = runs.run("Ana", "Ivo")
    runs.edit("sAMAccountName: user1\nuserAccountControl: 514", "sAMAccountName: user1\nuserAccountControl: 512")
    runs.pass_by(run, minutes=61)
    runs.work(run)
    assert runs.stands(run) == {"Ana": ("cancelled", "wait"), "Ivo": ("waiting", "wait")}
    assert "called off" in runs.why(run)
    runs.pass_by(run, days=30)
    assert runs.work(run).counts == {"cancelled": 1, "succeeded": 1}
    directory = runs.home.joinpath("corp.ldif").read_text()
    assert "CN=Ana," in directory
    assert "CN=Ivo," not in directory


def test_it_is_called_off_also_by_what_happened_just_before_the_wait_ended(runs):
    """Nobody looked between the change and the end of the delay, and the worker died right after the delay."""
    runs.template(LEAVING, cancelled_by='{{ enabled == "true" }}', look_every="60d")
    run = runs.run("Ana")
    runs.steer(run, "skip", "Ana", "wait", reason="no need to wait")
    runs.edit("sAMAccountName: user1\nuserAccountControl: 514", "sAMAccountName: user1\nuserAccountControl: 512")
    runs.work(run)
    assert runs.stands(run) == {"Ana": ("cancelled", "gone")}
    assert "CN=Ana," in runs.home.joinpath("corp.ldif").read_text()


def test_a_paused_run_begins_nothing_until_it_is_resumed(runs):
    runs.template({"greet": {"webhook": "app.greet"}})
    run = runs.begin()
    runs.steer(run, "pause")
    assert runs.work(run).state == "paused"
    assert runs.greeted() == []
    runs.steer(run, "resume")
    assert runs.work(run).state == "done"
    assert len(runs.greeted()) == 4
    with pytest.raises(UsageError, match="is done"):
        runs.steer(run, "pause")


def test_a_pause_is_heard_by_a_worker_that_is_in_the_middle(runs):
    """The first to be greeted pauses the run, from another process; whatever was sent by then has its result."""
    runs.template({"greet": {"webhook": "app.greet", "next": "say"}, "say": {"webhook": "app.blind"}})
    run = runs.begin()
    paused = []

    def answer(request):
        if request.path == "/greet" and not paused:
            paused.append(runs.steer(run, "pause"))
        return Reply({"id": "7"})

    runs.answer = answer
    assert runs.work(run).state == "paused"
    assert runs.app.to("/blind") == []
    runs.steer(run, "resume")
    assert runs.work(run).state == "done"
    assert sorted(runs.greeted()) == ["Ana", "Eva", "Ivo", "Mia"]
    assert len(runs.app.to("/blind")) == 4


def test_a_cancelled_run_does_nothing_more_and_cannot_be_revived(runs):
    runs.template({"wait": {"delay": "1d", "next": "greet"}, "greet": {"webhook": "app.greet"}})
    run = runs.run()
    runs.steer(run, "cancel", "not now")
    runs.pass_by(run, days=2)
    done = runs.work(run)
    assert (done.state, done.counts) == ("cancelled", {"cancelled": 4})
    assert runs.greeted() == []
    with pytest.raises(UsageError, match="is cancelled"):
        runs.steer(run, "retry")
    assert ("cancel_run", "ana") in runs.audited()


def test_only_who_failed_is_tried_again_and_at_the_block_that_failed(runs):
    runs.template(
        {
            "greet": {"webhook": "app.greet", "next": "say", "on_failure": "bad"},
            "say": {"webhook": "app.blind"},
            "bad": BAD,
        }
    )
    runs.answer = refusing("Ivo")
    run = runs.run()
    assert runs.stands(run)["Ivo"] == ("failed", "bad")
    runs.answer = refusing("nobody")
    assert runs.steer(run, "retry") == 1
    assert runs.work(run).state == "done"
    assert Counter(runs.greeted()) == {"Ana": 1, "Eva": 1, "Ivo": 2, "Mia": 1}
    assert len(runs.app.to("/blind")) == 4
    assert len({request.json["call"] for request in runs.app.to("/greet")}) == 5


def test_a_block_is_passed_over_by_hand_as_success_or_as_failure(runs):
    runs.template(
        {
            "greet": {"webhook": "app.greet", "next": "wait", "on_failure": "bad"},
            "wait": {"delay": "9d", "next": "check"},
            "check": {"delay": "9d", "next": "good", "on_failure": "bad"},
            "good": GOOD,
            "bad": BAD,
        }
    )
    runs.answer = refusing("Ivo")
    run = runs.run("Ana", "Ivo")
    with pytest.raises(UsageError, match='not at "check"'):
        runs.steer(run, "skip", "Ana", "check", reason="x")
    runs.steer(run, "skip", "Ana", "wait", reason="no time")
    runs.steer(run, "skip", "Ivo", "greet", reason="done by phone")
    runs.work(run)
    assert runs.stands(run) == {"Ana": ("waiting", "check"), "Ivo": ("waiting", "wait")}
    runs.steer(run, "skip", "Ana", "check", reason="changed our minds", success=False)
    runs.work(run)
    assert runs.path(run) == [
        ("greet", "succeeded"),
        ("wait", "skipped"),
        ("check", "failed"),
        ("bad", "succeeded"),
    ]
    assert ("skip_block", "ana") in runs.audited()


def test_a_run_ends_by_the_version_that_it_began_with(runs):
    blocks = {"wait": {"delay": "1d", "next": "greet"}, "greet": {"webhook": "app.greet"}}
    runs.template(blocks)
    run = runs.run("Ana")
    runs.template({"other": {"webhook": "app.blind"}})
    runs.edit("{base_url}/greet'\n", "{base_url}/elsewhere'\n", file="keepstep.yaml")
    runs.pass_by(run, days=2)
    assert runs.work(run).state == "done"
    assert runs.greeted() == ["Ana"]
    assert [request.path for request in runs.app.requests] == ["/greet"]


def test_a_block_that_was_begun_is_found_out_about_before_it_is_sent(runs):
    runs.template({"greet": {"webhook": "app.greet", "next": "good"}, "good": GOOD})
    run = runs.begin("Ana", "Ivo")
    for position in (0, 1):
        runs.as_if_killed(run, "greet", position)

    def answer(request):
        done = request.path == "/greeted" and dict(request.query)["call"].endswith(".0.0")
        return Reply({"id": "7" if done or request.path == "/greet" else ""})

    runs.answer = answer
    assert runs.work(run).state == "done"
    assert runs.greeted() == ["Ivo"]
    (sent,) = runs.app.to("/greet")
    assert sent.json["call"] == f"{run.id}.1.0"


def test_what_nobody_can_find_out_waits_for_a_person(runs):
    runs.template({"tell": {"webhook": "app.blind", "next": "good"}, "good": GOOD})
    run = runs.begin("Ana", "Ivo", "Mia")
    for position in (0, 1):
        runs.as_if_killed(run, "tell", position)
    assert runs.work(run).counts == {"unknown": 2, "succeeded": 1}
    assert len(runs.app.to("/blind")) == 1
    runs.steer(run, "retry", ["Ana"])
    runs.steer(run, "skip", "Ivo", "tell", reason="they got it")
    done = runs.work(run)
    assert (done.state, done.counts) == ("done", {"succeeded": 3})
    assert len(runs.app.to("/blind")) == 2


def test_who_is_no_longer_in_the_directory_is_named_so(runs):
    runs.template(
        {
            "wait": {"delay": "1d", "next": "gone"},
            "gone": {"action": "delete", "next": "say"},
            "say": {"webhook": "app.again", "with": {"text": "{{ subject.name }} left"}, "next": "greet"},
            "greet": {"webhook": "app.greet"},
        }
    )
    run = runs.run("Ana")
    runs.pass_by(run, days=2)
    runs.work(run)
    assert runs.path(run) == [
        ("wait", "succeeded"),
        ("gone", "succeeded"),
        ("say", "succeeded"),
        ("greet", "failed"),
    ]
    assert "no longer there" in runs.why(run)
    assert runs.greeted() == []


def test_a_directory_that_cannot_be_read_is_told_and_gone_on_with_later(runs):
    runs.template({"greet": {"webhook": "app.greet"}})
    run = runs.begin("Ana")
    directory = runs.home / "corp.ldif"
    held = directory.read_text()
    directory.write_text("this is no directory")
    stopped = runs.work(run)
    assert stopped.state == "running"
    assert "corp.ldif" in stopped.note
    directory.write_text(held)
    runs.pass_by(run, minutes=10)
    done = runs.work(run)
    assert (done.state, done.note) == ("done", "")
    assert runs.greeted() == ["Ana"]


def test_a_notification_reads_what_its_webhook_needs_of_the_subject(runs):
    blocks = {"tell": {"notify": "chat", "subject": "Hello", "text": "{{ subject.name }} of {{ department }}"}}
    channels = {"chat": {"kind": "webhook", "webhook": "app.greet"}}
    runs.configure({"t": {"subject": "corp.users", "start": "tell", "blocks": blocks}}, channels=channels)
    assert runs.run("Ana").state == "done"
    (sent,) = runs.app.to("/greet")
    assert (sent.json["name"], sent.json["department"]) == ("Ana", "Sales")
