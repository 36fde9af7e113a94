"""What every group of settings has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from core.messages import Message


class Settings(BaseModel):
    """A frozen group of settings that refuses names it doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refused(template: str, **values: Any) -> PydanticCustomError:
    """A validator's own sentence on its way through pydantic."""
    return PydanticCustomError("classroom", "{message}", {"message": Message(template, values)})
