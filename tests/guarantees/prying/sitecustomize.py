"""Put first on PYTHONPATH: some requests fail with a fault that tells all it knows, as a bad library might."""

import os

import aiohttp

_request = aiohttp.ClientSession._request


async def _tell_all(self, method, url, **options):
    if os.environ["PRYING_FOR"] in str(url):
        raise RuntimeError(f"cannot send {method} {url} with {options}")
    return await _request(self, method, url, **options)


aiohttp.ClientSession._request = _tell_all
