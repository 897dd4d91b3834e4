"""One ranking out of two: products found by their words, and products found by their meaning."""

from collections.abc import Sequence

import msgspec

from core.records import Product
from storage.catalog_search import rank

K = 60  # of reciprocal rank fusion: the first places of a ranking differ little, so that both rankings have a say
CHANCE = 0.3  # below this score shared words are chance (agents drop such a hit): they have no vote


def fuse(by_words: Sequence[Product], by_meaning: Sequence[Product]) -> list[Product]:
    """Both rankings as one, by reciprocal rank; each product once, with the better of its two scores.

    A certain hit (score 1) stays first. Equal scores are one place: what comes first among them is no vote.
    """
    votes: dict[str, float] = {}
    best: dict[str, Product] = {}
    for ranking in ([hit for hit in by_words if hit.score >= CHANCE], by_meaning):
        for place, hit in _places(ranking):
            votes[hit.sku] = votes.get(hit.sku, 0.0) + 1 / (K + place)
    for hit in (*by_words, *by_meaning):
        score = max(hit.score, best[hit.sku].score if hit.sku in best else 0.0)
        best[hit.sku] = msgspec.structs.replace(hit, score=score)

    def order(hit: Product) -> tuple[bool, float, tuple[float, bool, str]]:
        return hit.score < 1, -round(votes.get(hit.sku, 0.0), 9), rank(hit)

    return sorted(best.values(), key=order)


def _places(ranking: Sequence[Product]) -> list[tuple[int, Product]]:
    placed: list[tuple[int, Product]] = []
    for at, hit in enumerate(sorted(ranking, key=rank), start=1):
        same = placed and rank(placed[-1][1])[0] == rank(hit)[0]
        placed.append((placed[-1][0] if same else at, hit))
    return placed
