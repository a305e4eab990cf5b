"""A list of people over real HTTP, in every kind of paging and every format, and with every fault on demand.

`Lists.endpoint()` is how the list is described in a configuration.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

KINDS = (
    "none",
    "page",
    "page-in-body",
    "offset",
    "cursor",
    "cursor-in-header",
    "cursor-in-body",
    "next-url",
    "next-relative",
    "next-in-header",
    "link",
    "link-relative",
    "scim",
)
FORMATS = ("json", "xml", "csv", "jsonl")
PAGED = tuple(kind for kind in KINDS if kind != "none")
FOLLOWING = tuple(kind for kind in PAGED if kind.startswith(("cursor", "next", "link")))
TYPES = {
    "json": "application/json",
    "xml": "application/xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
}


def person(number: int, *, tenant: str = "") -> dict[str, str]:
    """Return one made-up person, as flat texts."""
    return {
        "id": f"{tenant}u{number:05d}",
        "given": f"Žana {number}",
        "sn": 'O"Neil, <& Co>' if number % 7 == 0 else f"Last{number}",
        "work": f"{tenant}work{number}@corp.example",
        "home": f"home{number}@mail.example",
        "team": f"Team {number % 5}",
    }


@dataclass
class Lists:
    """How the list is served; *fault* acts on the calls after the first *after* ones."""

    people: Sequence[dict[str, str]]
    kind: str = "page"
    format: str = "json"
    size: int = 100
    cap: int = 0
    declares: bool = True
    fault: str = ""
    after: int = 1
    calls: list[str] = field(default_factory=list)

    def endpoint(self, **paging: object) -> dict[str, Any]:
        """Return the endpoint as it is configured."""
        return {
            "url": "{base_url}/v1/people",
            "method": "POST" if self.kind.endswith("in-body") else "GET",
            **({"reads": True, "body": {"select": "all"}} if self.kind.endswith("in-body") else {}),
            "records": {"json": "data.users", "xml": "Reply.Users.User"}.get(self.format, "")
            if self.kind != "scim" or self.format != "json"
            else "Resources",
            "format": self.format,
            "paging": {**self.paging(), **paging},
        }

    def paging(self) -> dict[str, Any]:
        """Return how the list is paged, in the words of the configuration."""
        total = {"total": self.place("total")} if self.declares else {}
        sized = {"size": self.size, "size_param": "limit"}
        cursor = {"style": "cursor", "cursor": self.place("next"), "param": "after", **sized, **total}
        match self.kind:
            case "none":
                return {"style": "none", **total}
            case "page":
                return {"style": "page", "number": "page", "start": 1, **sized, **total}
            case "page-in-body":
                found = {"style": "page", "number": "pages.number", "place": "body", "start": 0, **sized, **total}
                return {**found, "size_param": "pages.limit"}
            case "offset":
                return {"style": "offset", "number": "skip", **sized, **total}
            case "cursor":
                return cursor
            case "cursor-in-header":
                return {**cursor, "cursor": "header:X-Next"}
            case "cursor-in-body":
                return {**cursor, "place": "body", "param": "pages.after", "size_param": "pages.limit"}
            case "next-url" | "next-relative":
                return {"style": "next_url", "cursor": self.place("next"), **total}
            case "next-in-header":
                return {"style": "next_url", "cursor": "header:X-Next", **total}
            case "link" | "link-relative":
                return {"style": "link", **total}
            case _:
                return {"style": "scim", "size": self.size, "total": self.place("total")}

    def place(self, what: str) -> str:
        """Return where an answer says *what*."""
        if self.kind == "scim" and self.format == "json":
            return "totalResults"
        return {"json": f"meta.{what}", "xml": f"Reply.@{what}"}.get(self.format, f"header:X-{what.title()}")

    def objects(self, **more: object) -> dict[str, Any]:
        """Return the objects as they are configured."""
        paths = {
            "json": ("name.given", "name.sn", "emails[type=work].value", "emails[type=home][0].value", '"cost.centre"'),
            "xml": ("Name.Given", "Name.Sn", "Mail[@type=work]", "Mail[@type=home][0]", "Team.@name"),
            "csv": ("given", "sn", "work", "home", "team"),
            "jsonl": ("given", "sn", "work", "home", "team"),
        }[self.format]
        names = ("given", "sn", "work", "home", "team")
        key = "@id" if self.format == "xml" else "id"
        return {"list": "people", "key": key, "attributes": dict(zip(names, paths, strict=True)) | {"id": key}, **more}

    # What is answered.

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call: a page of the list, or one person at `/one/ID`."""
        if request.path.startswith("/one/"):
            return self.one(request.path.rpartition("/")[2])
        self.calls.append(str(request.rel_url))
        asked = dict(request.query)
        if request.can_read_body:
            pages = (await request.json()).get("pages", {})
            asked |= {name: str(value) for name, value in pages.items()}
        start, size = self.window(asked)
        faulty = bool(self.fault) and len(self.calls) > self.after
        people = self.people
        if faulty and self.fault == "wrong-tenant":
            people = [person(number, tenant="other-") for number in range(len(people))]
        shown = list(people[start : start + size])
        if faulty and self.fault == "repeated" and self.kind != "none":
            shown = list(people[max(0, start - size) : max(0, start - size) + size])
        if faulty and self.fault == "short":
            shown = shown[:-3]
        if faulty and self.fault == "doubled":
            shown = [*shown[:-1], shown[0]]
        total = len(people)
        if faulty:
            total += {"shrinking": -len(self.calls), "growing": len(self.calls), "lying": 10}.get(self.fault, 0)
        following = start + size if start + size < len(people) else None
        return await self.reply(request, shown, total, following, faulty=faulty)

    def one(self, key: str) -> web.Response:
        """Answer with one person alone."""
        found = next((one for one in self.people if one["id"] == key), None)
        if found is None:
            return web.json_response({"error": {"code": 404, "message": "unknown"}}, status=404)
        shown = {"json": lambda: json.dumps(_object(found)), "xml": lambda: _element(found)}
        text = shown[self.format]() if self.format in shown else self.body([found], 1, None, "")
        return web.Response(body=text.encode(), headers={"Content-Type": TYPES[self.format]})

    def window(self, asked: dict[str, str]) -> tuple[int, int]:
        """Return where the page that was asked for begins, and its size."""
        if self.kind == "none":
            return 0, len(self.people)
        size = min(int(asked.get("limit", asked.get("count", self.size))), self.cap or 10**9)
        if self.kind == "scim":
            return max(1, int(asked.get("startIndex", 1))) - 1, size
        if self.kind == "page":
            return (int(asked["page"]) - 1) * size, size
        if self.kind == "page-in-body":
            return int(asked["number"]) * size, size
        return int(asked.get("skip", asked.get("after", "c0").removeprefix("c"))), size

    async def reply(
        self, request: web.Request, shown: list[dict[str, str]], total: int, following: int | None, *, faulty: bool
    ) -> web.StreamResponse:
        fault = self.fault if faulty else ""
        if fault in {"stale-cursor", "expired"}:
            return web.json_response({"error": "no"}, status=410 if fault == "stale-cursor" else 401)
        if fault == "html":
            return web.Response(text="<html><body>down</body></html>", content_type="text/html")
        if fault == "error":
            return web.Response(text=self.error(), headers={"Content-Type": TYPES[self.format]})
        if fault == "nothing":
            return web.Response(headers={"Content-Type": TYPES[self.format].replace("x-ndjson", "json")})
        headers = {"Content-Type": TYPES[self.format]}
        if self.declares or self.kind == "scim":
            headers["X-Total"] = str(total)
        target = self.target(request, following, fault)
        if target and self.kind.startswith("link"):
            last = (len(self.people) - 1) // self.size * self.size
            headers["Link"] = f'<{target}>; rel="next"; title="a, b", <{self.url(request, last)}>; rel="last"'
        if fault == "garbage" and self.kind.startswith("link"):
            headers["Link"] = '<<<;;;rel="next'
        if target and not self.kind.startswith("link"):
            headers["X-Next"] = target
        body = self.body(shown, total, target, fault).encode()
        if fault == "cut":
            body = body[: len(body) * 2 // 3]
        if fault == "broken":
            return await _broken(request, headers, body)
        return web.Response(body=body, headers=headers)

    def target(self, request: web.Request, following: int | None, fault: str) -> str | None:
        """Return the cursor or URL of the next page."""
        if self.kind not in FOLLOWING:
            return None
        if fault == "circle":
            following = 0 if self.kind.startswith("cursor") else self.size
        if fault == "unnamed" or following is None:
            return None
        if fault == "garbage":
            return "http://[::1" if not self.kind.startswith("cursor") else f"c{self.size}"
        if self.kind.startswith("cursor"):
            return f"c{following}"
        if fault == "elsewhere":
            return f"http://127.0.0.2:{request.url.port}/v1/people?after=c{following}"
        return self.url(request, following)

    def url(self, request: web.Request, following: int) -> str:
        query = f"?after=c{following}"
        if self.kind.endswith("relative"):
            return query if following % 2 else f"/v1/people{query}"
        return f"http://{request.host}/v1/people{query}"

    def error(self) -> str:
        return {"xml": "<Reply><Error code='5'>down</Error></Reply>", "csv": "down"}.get(
            self.format, '{"error": {"code": 5, "message": "down"}}'
        )

    def body(self, shown: list[dict[str, str]], total: int, target: str | None, fault: str) -> str:
        elsewhere = fault == "elsewhere-list"
        match self.format:
            case "csv":
                text = io.StringIO(newline="")
                names = [name if not elsewhere else f"{name}_" for name in person(0)]
                rows = csv.writer(text, lineterminator="\r\n")
                rows.writerows([names, *(one.values() for one in shown)])
                return text.getvalue()
            case "jsonl":
                named = [{f"{name}_" if elsewhere else name: text for name, text in one.items()} for one in shown]
                return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in named)
            case "xml":
                said = f" total={quoteattr(str(total))}" if self.declares or self.kind == "scim" else ""
                said += f" next={quoteattr(target)}" if target else ""
                inner = "".join(map(_element, shown))
                return f"<Reply{said}><{'People' if elsewhere else 'Users'}>{inner}</{'People' if elsewhere else 'Users'}></Reply>"
            case _:
                return json.dumps(self.tree(shown, total, target, elsewhere=elsewhere), ensure_ascii=False)

    def tree(self, shown: list[dict[str, str]], total: int, target: str | None, *, elsewhere: bool) -> object:
        records = list(map(_object, shown))
        if self.kind == "scim":
            held = {"people" if elsewhere else "Resources": records} if records or elsewhere else {}
            return {"totalResults": total, "itemsPerPage": len(records), **held}
        meta: dict[str, object] = {"next": target, "more": target is not None}
        if self.declares:
            meta["total"] = total
        return {"meta": meta, "data": {"people" if elsewhere else "users": records}}


async def _broken(request: web.Request, headers: dict[str, str], body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={**headers, "Content-Length": str(len(body))})
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    request.transport.close()
    return answer


def _object(one: dict[str, str]) -> dict[str, object]:
    return {
        "id": one["id"],
        "name": {"given": one["given"], "sn": one["sn"]},
        "emails": [{"type": "home", "value": one["home"]}, {"type": "work", "value": one["work"]}],
        "cost.centre": one["team"],
    }


def _element(one: dict[str, str]) -> str:
    return (
        f"<User id={quoteattr(one['id'])}><Name><Given>{escape(one['given'])}</Given><Sn>{escape(one['sn'])}</Sn></Name>"
        f"<Mail type='home'>{escape(one['home'])}</Mail><Mail type='work'>{escape(one['work'])}</Mail>"
        f"<Team name={quoteattr(one['team'])}/></User>"
    )


@asynccontextmanager
async def serving(answer: Any) -> AsyncIterator[str]:
    """Serve *answer* (a handler, or a Lists) on loopback and yield the base URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer.answer if isinstance(answer, Lists) else answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
