"""The web console as files: made by `make console`, served beside the API, which it speaks to like any other client."""

import mimetypes
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from keepstep.api.problem import problem

FILES: Final = Path(__file__).parent / "console_files"

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
_NOT_PAGES: Final = ("/api/", "/healthz", "/readyz", "/metrics")
_MISSING: Final = """<!doctype html><html lang="en"><title>Keepstep</title><h1>The console is not built</h1>
<p>The API answers. In a checkout, <code>make console</code> builds the console; released packages hold it.</p></html>
"""


@dataclass(slots=True)
class Console:
    """Answers what a browser opens with the page, its files with the files, and passes everything else on to *app*.

    The page is one, whatever its address: it finds out itself what to show. It is made anew for each request, with a
    nonce for its styles (CSP level 3); a file has a name that changes with its content, and is kept for ever.
    """

    app: ASGIApp
    files: Path = FILES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of a browser for a page or a file, or pass it on."""
        path: str = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or path.startswith(_NOT_PAGES):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._file(path, request.headers.get("accept-encoding", "")) if _is_file(path) else self._page(scope)
        await answer(scope, receive, send)

    def _page(self, scope: Scope) -> Response:
        text = _text(self.files / "index.html")
        if text is None:
            return HTMLResponse(_MISSING, status_code=404)
        nonce, base = token_urlsafe(16), escape(scope.get("root_path", ""), quote=True)
        page = text.replace("%NONCE%", nonce).replace("%BASE%", base).replace('="./', f'="{base}/')
        headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-store"}
        return HTMLResponse(page, headers=headers)

    def _file(self, path: str, accepted: str) -> Response:
        known = _files(self.files)
        name = path.removeprefix("/")
        if name not in known:
            return problem(404, "no_such_page", "there is nothing at this address")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"Cache-Control": _FOR_EVER if name.startswith("assets/") else "no-cache", "Vary": "Accept-Encoding"}
        taken = {one.partition(";")[0].strip() for one in accepted.split(",")}
        codings = ((coding, ending) for coding, ending in _PACKED if coding in taken and f"{name}{ending}" in known)
        coding, ending = next(codings, ("", ""))
        try:
            content = (self.files / f"{name}{ending}").read_bytes()
        except FileNotFoundError:  # a new version was put here, and this process is still of the one before
            return problem(404, "no_such_page", "there is nothing at this address any more")
        return Response(
            content, media_type=kind, headers={**headers, "Content-Encoding": coding} if coding else headers
        )


def _is_file(path: str) -> bool:
    return path.startswith("/assets/") or path in {"/keepstep.svg", "/favicon.ico"}


@cache
def _files(folder: Path) -> frozenset[str]:
    """Return what is there, by name: only what is named so is ever opened, whatever an address says."""
    return frozenset(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


@cache
def _text(file: Path) -> str | None:
    return file.read_text("utf-8") if file.is_file() else None
