"""Parameters that several operations on inspection tasks have."""

from typing import Annotated

from fastapi import Path

TaskKey = Annotated[str, Path(pattern=r"^[0-9]{18}$", examples=["610403202603021001"])]
