"""The pages as a browser gets them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from control_tower import words
from storage import kill_switches, users
from tests.control_tower.conftest import PASSWORD
from tests.control_tower.test_cases import given

TEMPLATES = Path(words.__file__).parent / "templates"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def browser(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # takes cookies of an address without a name
    async with aiohttp.ClientSession(url, headers=OWN, cookie_jar=jar) as http:
        async with http.post("/login", data={"email": "root@x.mx", "password": PASSWORD}) as answer:
            assert answer.status == 200
            assert str(answer.url.path) == "/"
        yield http


async def page(http: aiohttp.ClientSession, path: str, **headers: str) -> str:
    async with http.get(path, headers=headers) as answer:
        assert answer.status == 200, path
        return await answer.text()


def test_the_three_languages_have_the_same_keys_and_the_same_blanks():
    es, en, pt = (words.TEXTS[language] for language in words.LANGUAGES)
    assert es.keys() == en.keys() == pt.keys()
    for key in es:
        blanks = [set(re.findall(r"{\w+}", texts[key])) for texts in (es, en, pt)]
        assert blanks[0] == blanks[1] == blanks[2], key
        assert all(texts[key].strip() for texts in (es, en, pt)), key


def test_every_word_that_a_page_asks_for_is_there():
    source = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    asked = set(re.findall(r'\bt\("([a-z_]+)"', source)) - {"view_"}
    assert asked
    assert asked <= words.TEXTS["es"].keys()


def test_no_page_says_words_that_are_not_in_the_catalogue():
    for path in TEMPLATES.glob("*.html"):
        text = re.sub(r"<!doctype html>|{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", " ", path.read_text(), flags=re.DOTALL)
        own = set(re.findall(r"[^\W\d_]{3,}", text)) - {"Orkesta", "SANDBOX", "UTC", "nbsp"}
        assert not own, path.name


async def test_without_a_session_every_page_leads_to_the_login(url):
    async with aiohttp.ClientSession(url) as http:
        for path in ("/", "/inbox", "/t/acme/inbox", "/attention", "/audit"):
            async with http.get(path, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["location"]) == (303, "/login")
        async with http.get("/t/acme/inbox", headers={"X-Fragment": "list"}) as answer:
            assert answer.status == 401


@pytest.mark.parametrize(
    ("asked", "word"), [("es-MX", "Entrar"), ("en-US,en", "Sign in"), ("pt-BR", "Senha"), ("de", "Entrar")]
)
async def test_the_login_speaks_the_browsers_language(url, asked, word):
    async with aiohttp.ClientSession(url) as http:
        assert word in await page(http, "/login", **{"Accept-Language": asked})


async def test_a_failed_login_shows_the_form_again_without_telling_who_exists(url):
    form = {"email": "<b>@x.mx", "password": "wrong"}
    async with aiohttp.ClientSession(url, headers=OWN) as http, http.post("/login", data=form) as answer:
        text = await answer.text()
        assert answer.status == 401
        assert "&lt;b&gt;@x.mx" in text
        assert "no son correctos" in text


async def test_every_page_is_served(browser, write, resources):
    conversation = await write("luis", "hola", name="Luis")
    await kill_switches.turn_on(resources, "tenant:acme", "for the banner", "t")
    assert "for the banner" in await page(browser, "/")
    assert "Luis" in await page(browser, "/inbox")
    filtered = "/t/acme/inbox?view=unanswered&channel=web&q=lu"
    for path in ("/attention", "/audit", f"/t/acme/inbox?c={conversation}", filtered):
        await page(browser, path)
    for fragment in ("list", "thread"):
        text = await page(browser, f"/t/acme/inbox?c={conversation}", **{"X-Fragment": fragment})
        assert "<html" not in text
        assert "Luis" in text
    assert "<html" not in await page(browser, "/", **{"X-Fragment": "overview"})
    assert "for the banner" in await page(browser, "/banner", **{"X-Fragment": "banner"})


async def test_what_customers_write_is_never_markup(browser, write):
    evil = "<script>alert(1)</script>"
    conversation = await write("luis", evil, name=evil)
    for path in ("/t/acme/inbox", f"/t/acme/inbox?c={conversation}&q=%22%3E{evil}"):
        text = await page(browser, path)
        assert evil not in text
        assert "&lt;script&gt;" in text


async def test_the_language_is_remembered(browser, resources):
    async with browser.post("/language", data={"to": "pt", "back": "/audit"}) as answer:
        assert answer.url.path == "/audit"
        assert "Auditoria" in await answer.text()
    assert (await users.get(resources, 1)).locale == "pt"
    async with browser.post("/language", data={"to": "en", "back": "//evil.example/"}, allow_redirects=False) as answer:
        assert answer.headers["location"] == "/"


async def test_the_forms_work_without_the_script(browser, write, resources):
    conversation = await write("luis", "hola")
    for step, more in (("takeover", {}), ("reply", {"text": "hola Luis"}), ("release", {})):
        async with browser.post(f"/t/acme/inbox/{step}", data={"c": conversation, **more}) as answer:
            assert answer.status == 200
            assert answer.url.path == "/t/acme/inbox"
    assert await resources.pg.fetchval("SELECT text FROM messages WHERE author = 'human'") == "hola Luis"


async def test_signing_out_ends_the_session(browser):
    async with browser.post("/logout") as answer:
        assert answer.url.path == "/login"
    async with browser.get("/", allow_redirects=False) as answer:
        assert answer.status == 303


async def test_the_page_of_cases_shows_and_settles_them(browser, write, resources):
    await given(resources, write)
    shown = await page(browser, "/cases")
    assert [words for words in ("T-1001", "D-1001", "R-1001", "llegó rota") if words not in shown] == []
    async with browser.post("/cases/acme/D-1001/credit") as answer:
        assert answer.status == 200
        assert "NC-1001" in await answer.text()
    async with browser.post("/cases/acme/T-1001/nothing") as answer:
        assert answer.status in (400, 422)
