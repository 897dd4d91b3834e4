"""The tenant's own pages, cut into passages, and the passages that answer a question."""

from collections import Counter
from math import log
from typing import Any

from core.records import KnowledgeAnswer
from core.topics import ASKING, same_topic
from core.words import FILLER, content_words, root

ENOUGH = 300
TITLE = 1.0  # a word of the question in the title or keywords counts fully, one in the text less: it may be a place
TEXT = 0.5
UNKNOWN = 2  # passages that a word is taken to stand in, when it stands in none
OTHER_TITLE, OTHER = 0.8, 0.45  # another word for it, in the title, in the text


async def put(connection: Any, tenant: str, source: str, page: str, locale: str) -> int:
    """Replace a page: Markdown whose `# …` headings begin passages; a line `keywords: …` is searched, not shown."""
    rows = [
        (tenant, source, position, title, body, keywords, locale, _words(tenant, f"{title} {keywords}", body))
        for position, (title, body, keywords) in enumerate(_passages(page))
    ]
    await connection.execute("DELETE FROM knowledge_chunks WHERE tenant_id = $1 AND source = $2", tenant, source)
    await connection.executemany(_PUT, rows)
    return len(rows)


async def find(connection: Any, tenant: str, question: str, limit: int = 3) -> list[KnowledgeAnswer]:
    """The passages that best answer a question, with a score 0..1; empty when none shares a word with it."""
    words = content_words(question, without=FILLER | ASKING) or content_words(question)
    roots = list(dict.fromkeys(root(word) for word in words if not word.isdecimal()))[:20]
    if not roots:
        return []
    quoted = tenant.replace("'", "''")
    meant = {word: same_topic(word) for word in roots}
    query = " | ".join(f"'{quoted}/{word}'" for word in sorted(set().union(*meant.values())))
    rows = await connection.fetch("SELECT * FROM knowledge_candidates($1, $2, $3)", tenant, query, ENOUGH)
    passages: list[tuple[set[str], Any]] = [({word[len(tenant) + 1 :] for word in row["words"]}, row) for row in rows]
    common = Counter(word for words, _ in passages for word in roots if not meant[word].isdisjoint(words))
    # a word that no page has, such as a place, says less than one that few have
    weights = {word: log(1 + (row_total(rows) + 1) / (common[word] or UNKNOWN)) for word in roots}
    every = set[str]().union(*meant.values())
    scored = [(_score(weights, meant, words), len(every & words), row) for words, row in passages]
    # of two that answer as well, the one that has more words for the topic
    scored.sort(key=lambda found: (-found[0], -found[1], found[2]["source"], found[2]["chunk"]))
    return [
        KnowledgeAnswer(title=row["title"], text=row["body"], source=row["source"], score=round(score, 4))
        for score, _, row in scored[:limit]
    ]


def row_total(rows: list[Any]) -> int:
    """How many passages the tenant has, as every row says."""
    return rows[0]["total"] if rows else 0


def _score(weights: dict[str, float], meant: dict[str, frozenset[str]], words: set[str]) -> float:
    found = sum(
        weight * _share(word, meant[word], words)
        for word, weight in weights.items() if not meant[word].isdisjoint(words)
    )  # fmt: skip
    return found / sum(weights.values())


def _share(word: str, meant: frozenset[str], words: set[str]) -> float:
    """The customer's own word in a title counts fully; another word for it, or one in the text, less."""
    if f"^{word}" in words:
        return TITLE
    if any(f"^{other}" in words for other in meant):
        return OTHER_TITLE
    return TEXT if word in words else OTHER


def _passages(page: str) -> list[tuple[str, str, str]]:
    found = []
    for part in f"\n{page}".split("\n# ")[1:]:
        title, _, text = part.partition("\n")
        lines = text.strip().splitlines()
        keywords = " ".join(line.removeprefix("keywords:") for line in lines if line.startswith("keywords:"))
        body = "\n".join(line for line in lines if not line.startswith("keywords:")).strip()
        found.append((title.strip(), body, keywords.strip()))
    return found


def _words(tenant: str, title: str, text: str) -> list[str]:
    heading = {root(word) for word in content_words(title)}
    words = heading | {root(word) for word in content_words(text)} | {f"^{word}" for word in heading}
    return sorted(f"{tenant}/{word}" for word in words)


_PUT = """
INSERT INTO knowledge_chunks (tenant_id, source, position, title, body, keywords, locale, search)
VALUES ($1, $2, $3, $4, $5, $6, $7, array_to_tsvector($8))
"""
