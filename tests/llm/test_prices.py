"""What a call costs by the list."""

from core.settings import Settings
from llm.prices import cost, speech_cost

PRICES = Settings().llm_prices


def test_tokens_in_and_out_have_their_own_price() -> None:
    assert cost(PRICES, "groq", "openai/gpt-oss-20b", 1_000_000, 0) == 75_000
    assert cost(PRICES, "groq", "openai/gpt-oss-20b", 0, 1_000_000) == 300_000


def test_the_longest_name_decides_and_dates_behind_it_do_not_matter() -> None:
    assert cost(PRICES, "azure", "gpt-4.1-mini-2025-04-14", 1_000_000, 0) == 400_000


def test_a_local_model_is_free_and_an_unknown_one_is_not() -> None:
    assert cost(PRICES, "ollama", "qwen3:8b", 1000, 1000) == 0
    assert cost(PRICES, "azure", "somebody/new", 1000, 1000) == 5000


def test_a_fraction_of_a_micro_is_rounded_up() -> None:
    assert cost(PRICES, "groq", "openai/gpt-oss-20b", 1, 0) == 1


def test_speech_is_paid_by_the_hour_and_at_least_ten_seconds() -> None:
    assert speech_cost(PRICES, "groq", "whisper-large-v3-turbo", 3600) == 40_000
    assert speech_cost(PRICES, "groq", "whisper-large-v3-turbo", 1) == speech_cost(PRICES, "groq", "whisper", 10)
