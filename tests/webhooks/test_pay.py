"""The page after paying: in the customer's language, with nothing of what the address says on it."""

import aiohttp
import pytest


@pytest.mark.parametrize(
    ("path", "word"),
    [("done?lang=es", "Gracias"), ("done?lang=pt", "Obrigado"), ("open?lang=en", "Not paid"), ("x?lang=xx", "Gracias")],
)  # fmt: skip
async def test_it_speaks_three_languages(api_url, path, word):
    async with aiohttp.ClientSession() as http, http.get(f"{api_url}/pay/{path}") as answer:
        html = await answer.text()
    assert word in html
    assert "xx" not in html
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
