"""Columns that the business tables have in common."""

from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Numeric, Text
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field


def tenant_key() -> Any:
    """The first part of every key: the tenant that owns the row."""
    return Field(primary_key=True, foreign_key="tenants.id")


def customer(index: bool = True, nullable: bool = False) -> Any:
    """Whose row it is."""
    return Column(BigInteger, nullable=nullable, index=index)


def minor(default: bool = True) -> Any:
    """An amount in minor units."""
    return Column(BigInteger, nullable=False, server_default="0" if default else None)


def quantity(default: str | None = None) -> Any:
    """How many or how much, to a thousandth."""
    return Column(Numeric(14, 3), nullable=False, server_default=default)


def words(default: str = "") -> Any:
    """Text that is never null."""
    return Column(Text, nullable=False, server_default=default)


def counted_key() -> Any:
    """The second part of a key that PostgreSQL counts."""
    return Column(BigInteger, Identity(always=True), primary_key=True)


class HalfVector(UserDefinedType[str]):
    """pgvector's vector of half-precision numbers, of any size: the size is that of the row's `space`."""

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:
        return "halfvec"
