"""The plan viewer in a browser: from the click on a plan to its first rows, and the longest task while scrolling."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.console.browsing import chromium, tab_of

from bench.harness import Options, Report, Sample
from bench.serve import cpu_of, memory_of, url_of
from keepstep.core.operator import GivenRole, Operator
from keepstep.core.plan import Action, ActionId, ActionKind, Delta, Plan
from keepstep.core.secret import Secret
from keepstep.core.situation import Situation
from keepstep.core.values import Completeness, NativeKey, Verdict
from keepstep.home import example, make_home
from keepstep.settings import Settings
from keepstep.usecases.manage_operators import choose_password
from keepstep.wiring import opened

ACTIONS = 100_000
QUICK_ACTIONS = 2_000
FEW = 100
PASSWORD = "the quick brown fox 9"
TURNS = 150
READ_AHEAD = 5_000
ROWS = "[role=region] li dl"
WATCH = """(row) => {
  window.firstRow = undefined;
  window.longest = 0;
  new PerformanceObserver((seen) => {
    for (const one of seen.getEntries()) window.longest = Math.max(window.longest, one.duration);
  }).observe({entryTypes: ['longtask']});
  document.addEventListener('click', () => {
    const begun = performance.now();
    const look = () => {
      if (document.querySelector(row)) window.firstRow = performance.now() - begun;
      else requestAnimationFrame(look);
    };
    look();
  }, {capture: true, once: true});
}"""


def run(options: Options) -> Report:
    """Look at a small plan, at the newest, at a large one that nobody read ahead, and at that again."""
    actions = QUICK_ACTIONS if options.quick else ACTIONS
    home = options.folder / "home"
    few, other, many = _home(home, FEW), _home(home, actions, 1), _home(home, actions)
    log = options.folder / "serve.log"
    command = [sys.executable, "-m", "keepstep", "--home", str(home), "serve", "--role", "web", "--port", "0"]
    with (
        log.open("wb") as told,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True, env=os.environ) as server,
    ):
        try:
            url = url_of(server)
            with chromium() as browser, tab_of(browser, url) as tab:
                page = tab.sign_in(password=PASSWORD, to="/runs?tab=plans")
                page.wait_for_timeout(READ_AHEAD)  # of the newest plan, while its list is looked at
                name = f"{actions:,} actions"
                looks = (("100 actions", few), (f"{name}, the newest", many), (f"{name}, an older", other))
                looks += (("the same again", other),)
                samples = {name: [_look(page, server.pid, digest)] for name, digest in looks}
        finally:
            server.send_signal(signal.SIGTERM)
    columns = ("ms to the first rows", "longest task, ms")
    return Report(title="`console`: a plan in the browser", items=1, samples=samples, seconds=True, columns=columns)


def _look(page: Any, pid: int, digest: str) -> Sample:
    """Click on the plan in the list, scroll through it by the wheel and to its end, and go back."""
    page.goto(page.url)  # the browser has nothing of an earlier look
    link = page.get_by_role("link", name=digest[:12])
    link.wait_for()
    page.evaluate(WATCH, ROWS)
    used, begun = cpu_of(pid), time.perf_counter()
    link.click()
    page.locator(ROWS).first.wait_for(timeout=60_000)
    page.wait_for_timeout(100)  # it is written down with the next frame
    first = page.evaluate("window.firstRow")
    wall = time.perf_counter() - begun
    page.evaluate("window.longest = 0")
    page.locator("[role=region][tabindex='0']").last.hover()
    for _ in range(TURNS):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(16)
    page.evaluate("() => { const box = document.querySelector('[role=region]'); box.scrollTo(0, box.scrollHeight) }")
    page.wait_for_timeout(1000)
    found = {"ms to the first rows": first, "longest task, ms": page.evaluate("window.longest")}
    cpu = cpu_of(pid) - used
    page.go_back()
    return Sample(cpu=cpu, wall=wall, peak=memory_of(pid), found=found)


def _home(home: Path, actions: int, begin: int = 0) -> str:
    """Make a home where there is none, with a plan of so many actions in it, and return the plan's digest."""
    settings = Settings(home=home, operator="bench")
    if not home.exists():
        make_home(settings, starter=example("demo", "keepstep.yaml"))
    with opened(settings) as store:
        desk = store.identity.desk
        if not desk.all():
            given = (GivenRole(role="administrator"),)
            desk.add(Operator(name="ana", roles=given, created=store.clock.now()))
            choose_password(desk, desk.invite("ana"), Secret(PASSWORD))
        plan = _plan(range(begin, begin + actions))
        store.journal.save_plan(plan)
        return plan.digest


def _plan(actions: range) -> Plan:
    read = Verdict(completeness=Completeness.COMPLETE, reason="all pages read", records=4 * len(actions), calls=400)
    empty = Plan(rule="staff", basis="b" * 32, source=read, target=read, actions=(), findings=(), situations={})
    return replace(empty, actions=tuple(_action(number) for number in actions))


def _action(number: int) -> Action:
    kinds = (ActionKind.UPDATE, ActionKind.UPDATE, ActionKind.CREATE, ActionKind.DELETE)
    return Action(
        id=ActionId(f"{number:032x}"),
        kind=kinds[number % len(kinds)],
        situation=Situation.LINKED,
        name=f"Person Number {number}",
        reason=("attributes differ", "the title changed", "new on the source side", "gone")[number % 4],
        source_key=NativeKey(f"source-{number}"),
        target_key=NativeKey(f"target-{number}"),
        deltas=(
            Delta("contactInformation.email", (f"old{number}@corp.example",), (f"new{number}@corp.example",)),
            Delta("customAttributes.Department", ("Sales",), (f"Department {number % 300}",)),
        ),
        basis_source="s" * 32,
        basis_target="t" * 32,
    )
