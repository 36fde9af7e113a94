"""The base class of all settings."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from core.messages import Message


class Settings(BaseModel):
    """A frozen group of settings that refuses unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refused(template: str, **values: Any) -> PydanticCustomError:
    """A validation error with a message, wrapped for pydantic."""
    return PydanticCustomError("classroom", "{message}", {"message": Message(template, values)})
