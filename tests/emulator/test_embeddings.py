"""The emulator's vectors, through the openai SDK: the same for the same text, near for the same thing."""

from collections.abc import Sequence

import openai
import pytest

from tests.emulator.conftest import Emulator


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def embedded(emulator: Emulator, *texts: str, **more: object) -> list[list[float]]:
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=emulator.url + "/azure", api_version="2024-10-21", api_key="k", max_retries=0
    ) as client:
        done = await client.embeddings.create(model="small", input=list(texts), **more)  # type: ignore[arg-type]
    return [row.embedding for row in done.data]


@pytest.mark.parametrize(
    ("question", "thing", "other"),
    [
        ("algo para que no rechine al frenar", "Balata delantera Jetta", "Aceite de motor 10W40"),
        ("my car squeals when I stop", "Pastilla de freno", "Llanta 195/65 R15"),
        ("está pingando água na cozinha", "Torneira 1/2", "Martelo de unha"),
    ],
)
async def test_what_speaks_of_one_thing_is_near(emulator: Emulator, question: str, thing: str, other: str) -> None:
    asked, wanted, unwanted = await embedded(emulator, question, thing, other, dimensions=512)
    assert likeness(asked, asked) == pytest.approx(1, abs=1e-3)
    assert likeness(asked, wanted) > 0.5 > 0.2 > likeness(asked, unwanted)


async def test_two_spellings_are_nearer_than_two_names(emulator: Emulator) -> None:
    name, typo, other = await embedded(emulator, "Brembo premium", "Brenbo premiun", "Gonher clásico")
    assert len(name) == 1536
    assert likeness(name, typo) > 0.3 > likeness(name, other)


async def test_numbers_come_packed_or_plain_and_are_the_same(emulator: Emulator) -> None:
    (packed,) = await embedded(emulator, "Balata")
    (plain,) = await embedded(emulator, "Balata", encoding_format="float")
    assert plain == pytest.approx(packed, abs=1e-6)


async def test_what_no_provider_takes_is_refused(emulator: Emulator) -> None:
    for texts, more in (([], {}), ([""], {}), (["uno"], {"dimensions": 4000})):
        with pytest.raises(openai.BadRequestError):
            await embedded(emulator, *texts, **more)
    async with openai.AsyncOpenAI(base_url=emulator.url + "/azure/openai/v1/", api_key="k", max_retries=0) as v1:
        assert (await v1.embeddings.create(model="small", input="uno")).data[0].embedding
        with pytest.raises(openai.NotFoundError):
            await v1.embeddings.create(model="missing", input="uno")
