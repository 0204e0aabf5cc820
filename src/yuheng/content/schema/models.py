"""Logical models: the tables a regulator speaks of, each with what holds its rows here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from yuheng.content.schema.base import Content, Id
from yuheng.content.schema.libraries import Floor

Realisation = Annotated[
    str, StringConstraints(pattern=r"^(standard|derived|result|library|code|office|content)/[A-Za-z0-9_]+$")
]
"""standard/<table>, derived/<table>, result/<table of the rating>, library/<ZTnn>, code/<list>, office/<table of the
office database>, content/<folder or file of content>."""


class LogicalModel(Content):
    """One of the logical models of domain §2.3, traceable to what realises it."""

    id: Id
    name_zh: str
    domain: str
    by: list[Realisation] = Field(default_factory=list)
    filled_by: Floor | None = None
    """The floor of the house that will fill it."""

    @model_validator(mode="after")
    def _realised_or_pending(self) -> LogicalModel:
        if bool(self.by) == (self.filled_by is not None):
            raise ValueError("a logical model has either `by`, what realises it, or `filled_by`, the floor that will")
        return self
