"""The query of a URL, changed without touching how the rest of it is written."""

from urllib.parse import unquote_plus


def with_query(url: str, query: str) -> str:
    """Return *url* with *query*, encoded already, after what it has."""
    if not query:
        return url
    address, mark, fragment = url.partition("#")
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{query}{mark}{fragment}"


def without_param(url: str, name: str) -> str:
    """Return *url* without any parameter called *name*, however its name is encoded."""
    address, mark, fragment = url.partition("#")
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) != name]
    return f"{path}{'?' if kept else ''}{'&'.join(kept)}{mark}{fragment}"
