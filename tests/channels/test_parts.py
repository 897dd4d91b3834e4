"""A Reply becomes provider messages that fit: choices, media and templates degrade, nothing is lost."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Channel, Limits
from channels.parts import parts
from channels.split import size
from core.messages import Button, Media, Part, Reply, Template


class Shape(Channel):
    """A channel that is nothing but its limits."""

    name: ClassVar[str] = "shape"

    def __init__(self, **limits):
        self.limits = Limits(**{"text": 60, **limits})

    def signature(self, request, account):
        return {}

    def parse(self, request, account):
        return []

    async def deliver(self, part, to, account, http):
        return ""


RICH = Shape(caption=30, choice_text=40, buttons=3, button_title=8, list_rows=5, templates=True)
PLAIN = Shape(media=False)
YES_NO = (Button(id="y", title="Yes"), Button(id="n", title="No"))
IMAGE = Media(kind="image", mime="image/png", url="https://files.example.test/a.png")


def test_an_empty_reply_has_no_part():
    assert parts(RICH, Reply()) == ()
    assert parts(RICH, Reply(text=" \n ")) == ()


def test_few_choices_are_buttons_and_many_a_list():
    many = tuple(Button(id=str(n), title=f"Row {n}") for n in range(5))
    assert parts(RICH, Reply(text="Sure?", buttons=YES_NO)) == (Part(text="Sure?", style="buttons", buttons=YES_NO),)
    assert parts(RICH, Reply(text="Which?", buttons=many)) == (Part(text="Which?", style="list", buttons=many),)


def test_too_many_choices_and_long_titles_and_ids_become_numbered_lines():
    many = tuple(Button(id=str(n), title=f"Row {n}") for n in range(6))
    (part,) = parts(RICH, Reply(text="?", buttons=many))
    assert part == Part(text="?\n\n1. Row 0\n2. Row 1\n3. Row 2\n4. Row 3\n5. Row 4\n6. Row 5")
    assert parts(RICH, Reply(text="?", buttons=(Button(id="y" * 201, title="Yes"),)))[0].text == "?\n\n1. Yes"
    long = Button(id="y", title="A title over twenty-four characters")
    assert parts(RICH, Reply(text="?", buttons=(long,)))[0].style == "text"


def test_a_title_too_long_for_a_button_still_makes_a_list():
    assert parts(RICH, Reply(text="?", buttons=(Button(id="y", title="Over eight"),)))[0].style == "list"


def test_descriptions_make_a_list_or_are_told_in_the_text():
    described = (Button(id="a", title="Basic", description="19.99 USD"),)
    assert parts(RICH, Reply(text="?", buttons=described))[0].style == "list"
    (part,) = parts(Shape(buttons=3), Reply(text="?", buttons=described))
    assert (part.style, part.text) == ("buttons", "?\n\nBasic — 19.99 USD")


def test_choices_without_text_get_one():
    assert parts(RICH, Reply(buttons=YES_NO))[0].text == "Yes / No"


def test_choices_go_with_the_last_piece_and_its_own_limit():
    made = parts(RICH, Reply(text="one two three four five six seven eight nine ten", buttons=YES_NO))
    assert [part.style for part in made] == ["text", "buttons"]
    assert size(made[-1].text, "chars") <= 40


def test_media_take_a_caption_and_the_rest_follows():
    short = parts(RICH, Reply(text="Your cover", media=IMAGE))
    assert short == (Part(style="media", media=IMAGE, text="Your cover"),)
    first, second = parts(RICH, Reply(text="The first sentence is here. The second follows.", media=IMAGE))
    assert (first.style, first.text) == ("media", "The first sentence is here.")
    assert second == Part(text="The second follows.")


def test_media_beside_choices_leave_the_text_to_the_choices():
    first, second = parts(RICH, Reply(text="Yours?", media=IMAGE, buttons=YES_NO))
    assert (first.text, second.text, second.style) == ("", "Yours?", "buttons")


def test_media_become_a_link_where_there_are_none():
    assert parts(PLAIN, Reply(text="Cover", media=IMAGE)) == (Part(text="Cover\n\nhttps://files.example.test/a.png"),)


def test_a_template_is_untouched_or_replaced_by_its_text():
    template = Template(name="HX1", language="es", params=("a", "b"))
    assert parts(RICH, Reply(template=template))[0] == Part(style="template", template=template)
    assert parts(PLAIN, Reply(template=template, text="Due today")) == (Part(text="Due today"),)


def test_the_quote_goes_first_and_a_person_is_marked_on_every_part():
    made = parts(PLAIN, Reply(text="word " * 30, quote="41", author="human"))
    assert [part.quote for part in made] == ["41", *[None] * (len(made) - 1)]
    assert all(part.human for part in made)


REPLIES = st.builds(
    Reply,
    text=st.text(max_size=300),
    buttons=st.lists(st.builds(Button, id=st.text(max_size=8), title=st.text(max_size=30)), max_size=8).map(tuple),
    media=st.one_of(st.none(), st.just(IMAGE)),
)


@given(REPLIES, st.sampled_from([RICH, PLAIN, Shape(unit="bytes"), Shape(unit="utf16", buttons=9)]))
def test_every_part_is_within_the_limits_and_carries_something(reply, channel):
    limits = channel.limits
    for part in parts(channel, reply):
        limit = {"media": limits.caption, "text": limits.text}.get(part.style, limits.choice_text or limits.text)
        assert size(part.text, limits.unit) <= limit
        assert part.media or part.text.strip()
        assert len(part.buttons) <= {"buttons": limits.buttons, "list": limits.list_rows}.get(part.style, 0)


@given(st.text(max_size=400).filter(lambda text: "\0" not in text))
def test_the_text_of_a_reply_is_kept_apart_from_space_at_the_cuts(text):
    joined = "".join(part.text for part in parts(PLAIN, Reply(text=text)))
    assert "".join(joined.split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_no_provider_takes_is_cleaned(text):
    assert parts(PLAIN, Reply(text=text))[0].text in ("ab", "a\ufffdb")
