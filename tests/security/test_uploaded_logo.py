"""A picture that somebody uploads as a logo: told by its content, bounded, and nothing of it kept but how it looks."""

import json
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from keepstep.store.logo_picture import MOST_BYTES, SIDE
from tests.integration.api_world import serving
from tests.integration.cli_world import Cli

SECRET = "planted-in-a-picture"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp("logos") / "home")
    cli.good("init")
    connection = {"kind": "ldif", "file": "corp.ldif", "base": "DC=corp,DC=example"}
    (cli.home / "keepstep.yaml").write_text(json.dumps({"version": 1, "connections": {"corp": connection}}))
    with serving(cli.home) as world:
        yield world


@pytest.fixture(scope="module")
def ana(world):
    return world.operator("ana", "administrator")


def picture(kind="PNG", size=(600, 300), **more):
    out = BytesIO()
    Image.new("RGB", size, "#0a7").save(out, kind, **more)
    return out.getvalue()


def sent(client, content, connection="corp"):
    return client.ask("PUT", f"/connections/{connection}/logo", raw=content, Content_Type="application/octet-stream")


def refused(client, content):
    answer = sent(client, content)
    assert answer.status == 400, answer.body
    return answer.data["detail"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_of_any_kind_is_given_as_a_small_png(ana, kind):
    assert sent(ana, picture(kind)).status == 204
    given = ana.ask("GET", "/connections/corp/logo")
    assert given.headers["content-type"] == "image/png"
    with Image.open(BytesIO(given.body)) as shown:
        assert (shown.format, shown.size) == ("PNG", (SIDE, SIDE // 2))


def test_what_stands_beside_the_picture_is_gone(ana, world):
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET)
    script = f"<script>{SECRET}</script>".encode()
    for content in (picture(pnginfo=words), picture() + script, picture("JPEG", comment=SECRET.encode())):
        assert sent(ana, content).status == 204
        assert SECRET.encode() not in (world.store.settings.home / "logos/corp.png").read_bytes()


def test_one_that_has_a_logo_is_marked_until_it_is_taken_away(ana):
    sent(ana, picture())
    (listed,) = ana.get("/connections")
    assert listed["logo"]
    assert ana.ask("DELETE", "/connections/corp/logo").status == 204
    (listed,) = ana.get("/connections")
    assert listed["logo"] == ""
    ana.bad(404, "GET", "/connections/corp/logo")
    assert {"logo_set", "logo_remove"} <= {one["action"] for one in ana.get("/audit", newest="true")["items"]}


def test_a_bomb_is_refused_before_it_is_opened(ana):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )
    assert "pixels a side" in refused(ana, bomb) or "no picture" in refused(ana, bomb)
    assert "larger than" in refused(ana, b"\x89PNG" + b"\0" * MOST_BYTES)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        picture()[:60],
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"<html>",
        b"%PDF-1.7",
        picture("BMP"),
        picture("TIFF"),
    ],
)
def test_what_is_no_picture_that_a_logo_can_be_is_refused(ana, content):
    assert "no picture" in refused(ana, content)


def test_no_name_leads_out_of_the_folder(ana, world):
    for name in ("..%2Fkeepstep", "%2e%2e%2f%2e%2e%2ftmp%2fx", "nowhere"):
        assert sent(ana, picture(), name).status == 404
    assert {file.name for file in (world.store.settings.home / "logos").iterdir()} <= {"corp.png"}


def test_only_who_changes_the_configuration_gives_a_logo(world):
    few = world.token("few", "auditor")
    assert sent(few, picture()).status == 403
    assert few.ask("DELETE", "/connections/corp/logo").status == 403
