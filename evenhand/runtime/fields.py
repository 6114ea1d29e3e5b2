"""Model fields of the house."""

from typing import Any

from django.db import models

from evenhand.kernel.ids import uuid7


class KeyField(models.UUIDField):  # type: ignore[type-arg]
    """The surrogate key every table has: a version 7 UUID made by us. Migrations see a plain UUIDField."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args, **{**kwargs, "primary_key": True, "default": uuid7, "editable": False}
        )

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        del kwargs["default"]
        return name, "django.db.models.UUIDField", args, kwargs
