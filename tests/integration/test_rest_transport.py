import asyncio
import gzip
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from keepstep.connectors.rest import transport as transport_module
from keepstep.connectors.rest.transport import Failure, Line, Transport
from keepstep.core.endpoint import Request, Response
from keepstep.errors import ConfigurationError, ConnectionLost, ResponseInvalid, TlsRefused
from tests.lab.certificates import certificate_for
from tests.lab.loopback import LOOPBACK

INSIDE = Line(timeout=2, egress=LOOPBACK)


def get(url, method="GET", body=b""):
    return Request(operation="test", method=method, url=url, body=body, headers=(("Authorization", "Basic c2VjcmV0"),))


@asynccontextmanager
async def serving(handler, tls=None):
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def door(line=INSIDE):
    transport = Transport(line)
    try:
        yield transport
    finally:
        await transport.close()
        await transport.close()


async def fine(request):
    return web.json_response({"path": request.path})


async def test_an_answer_comes_whole_with_its_headers():
    async with serving(fine) as url, door() as transport:
        answer = await transport.send(get(f"{url}/people"))
        assert isinstance(answer, Response)
        assert answer.good
        assert answer.body == b'{"path": "/people"}'
        assert answer.headers["content-type"].startswith("application/json")


async def test_a_redirect_is_not_followed():
    seen = []

    async def elsewhere(request):
        seen.append(request.path)
        raise web.HTTPFound("http://localhost:1/steal")

    async with serving(elsewhere) as url, door() as transport:
        answer = await transport.send(get(url + "/a"))
        assert answer.status == 302
        assert seen == ["/a"]


async def test_plain_http_is_refused_outside_ones_own_network():
    async with door(Line(timeout=2)) as transport:
        answer = await transport.send(get("http://app.example/"))
        assert isinstance(answer.error, TlsRefused)
        assert answer.unsent


async def test_a_name_that_does_not_exist_was_not_sent_to():
    async with door() as transport:
        answer = await transport.send(get("https://nobody.invalid/"))
        assert isinstance(answer.error, ConnectionLost)
        assert answer.unsent


async def test_a_closed_port_was_not_sent_to(unused_tcp_port):
    async with door() as transport:
        answer = await transport.send(get(f"http://127.0.0.1:{unused_tcp_port}/"))
        assert isinstance(answer.error, ConnectionLost)
        assert answer.unsent
        assert answer.error.hint


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://a b/"])
async def test_an_address_that_is_none_is_an_answer_too(url):
    async with door() as transport:
        answer = await transport.send(get(url))
        assert answer.unsent


async def test_silence_may_mean_that_it_was_done():
    async def silent(request):
        await asyncio.sleep(1)

    async with serving(silent) as url, door(Line(timeout=0.3, egress=LOOPBACK)) as transport:
        answer = await transport.send(get(url, "POST", b"{}"))
        assert isinstance(answer.error, ConnectionLost)
        assert not answer.unsent


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "POST"])
async def test_nothing_is_sent_twice_when_a_kept_connection_breaks(method):
    seen = []

    async def breaks(request):
        seen.append(request.method)
        await request.read()
        if len(seen) > 1:
            request.transport.close()
        return web.Response(text="{}")

    async with serving(breaks) as url, door() as transport:
        assert isinstance(await transport.send(get(url, method, b"{}")), Response)
        answer = await transport.send(get(url, method, b"{}"))
        assert isinstance(answer, Failure)
        assert not answer.unsent
        assert seen == [method, method]


async def test_an_answer_that_breaks_off_is_a_failure():
    async def half(request):
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        request.transport.close()
        return response

    async with serving(half) as url, door() as transport:
        answer = await transport.send(get(url))
        assert isinstance(answer.error, ConnectionLost)
        assert not answer.unsent


async def test_an_answer_larger_than_the_limit_is_refused_also_when_it_is_packed():
    bomb = gzip.compress(b"0" * (transport_module.LARGEST + 1))
    assert len(bomb) < 100_000

    async def packed(request):
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving(packed) as url, door(Line(timeout=20, egress=LOOPBACK)) as transport:
        answer = await transport.send(get(url))
        assert isinstance(answer.error, ResponseInvalid)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificate_for(tmp_path_factory.mktemp("tls"), "app.example")


async def test_a_certificate_is_trusted_only_through_its_ca(certificate):
    cert, context = certificate
    async with serving(fine, context) as url:
        async with door() as transport:
            answer = await transport.send(get(url))
            assert isinstance(answer.error, TlsRefused)
            assert answer.unsent
            assert "ca_file" in answer.error.hint
        async with door(Line(timeout=2, egress=LOOPBACK, ca_file=cert)) as transport:
            assert isinstance(await transport.send(get(url)), Response)
            wrong_name = await transport.send(get(url.replace("127.0.0.1", "localhost")))
            assert isinstance(wrong_name.error, TlsRefused)


async def test_tls_to_a_server_without_it_is_named():
    async with serving(fine) as url, door() as transport:
        answer = await transport.send(get(url.replace("http:", "https:")))
        assert isinstance(answer.error, TlsRefused)


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_cannot_be_read_is_a_matter_of_configuration(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    async with door(Line(timeout=2, ca_file=str(path))) as transport:
        with pytest.raises(ConfigurationError, match=r"ca\.pem"):
            await transport.send(get("https://app.example/"))


def test_one_transport_serves_one_loop_after_another():
    transport = Transport(INSIDE)

    async def once():
        async with serving(fine) as url:
            answer = await transport.send(get(url))
            await transport.close()
            return answer

    assert all(isinstance(asyncio.run(once()), Response) for _ in range(2))
