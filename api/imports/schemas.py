"""Shape what is asked of an import: how the file is read, what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import Field, StringConstraints, ValidationError

from api.input_types import Body, CleanText
from geo.codes import Level

Word = Annotated[CleanText, StringConstraints(min_length=1, max_length=40)]
Column = Annotated[CleanText, StringConstraints(min_length=1, max_length=200)]
PlanName = Annotated[CleanText, StringConstraints(min_length=1, max_length=100)]
_YES, _NO = frozenset({"true", "1", "on", "yes"}), frozenset({"false", "0", "off", "no"})


class OptionsIn(Body):
    """Take how a file is read and examined; what is left out, the file says itself.

    ``match_places``: codes are those of the grids at the same place, whatever the file says.
    ``border_snap_m``: borders of the file that lie so near to a present one are that one.
    ``cross_parent``: borders between communities follow the file as well.
    """

    level: Annotated[Level, Field(strict=False)] = Level.GRID
    crs: Word | None = None
    encoding: Word | None = None
    layer: Column | None = None
    code_field: Column | None = None
    name_field: Column | None = None
    parent_field: Column | None = None
    make_codes: bool = False
    match_places: bool = False
    exclaves: bool = False
    gap_width_m: Annotated[float, Field(ge=0, le=1000)] = 5.0
    snap_m: Annotated[float, Field(ge=0, le=5)] = 0.05
    border_snap_m: Annotated[float, Field(ge=0, le=5)] = 1.0
    cross_parent: bool = True


class ApplyIn(Body):
    """Take the order to make a plan of a file; ``repair`` adopts the proposed repair."""

    repair: bool = False
    name: PlanName | None = None


def options_of(form: Mapping[str, str]) -> OptionsIn:
    """Return the options that the fields of a form hold; empty ones are left out."""
    values = {name: _value(name, text) for name, text in form.items() if text.strip()}
    try:
        return OptionsIn.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


def _value(name: str, text: str) -> Any:
    word = text.strip().lower()
    field = OptionsIn.model_fields.get(name)
    if field is not None and field.annotation is bool:
        return True if word in _YES else False if word in _NO else text
    if name.endswith("_m"):
        try:
            return float(word)
        except ValueError:
            return text
    return text
