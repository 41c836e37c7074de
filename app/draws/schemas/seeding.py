"""The commitment and the sources of its seed, as the API shows them.

A kind of source is a class of the draw core (what it is, what a valid line of seed.txt looks like)
and a pair of classes here: what the commitment fixes (…Source), and what is read off in the end
(…Value), which answers the questions of `GivenValue`. drand and nist2 are registered names without
such a pair."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AwareDatetime, Field, field_validator
from typing_extensions import TypeAliasType

from app.core.schema import Schema, shown
from app.draws.errors import BeaconWithoutCode
from app.sampling.openlot1.sources import balls_text

Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_DIGEST = "9a2db2e23f1504cd056606553ac049c5e718e8f9ce9233876df1a7a1821af885"
_SECRET = "ab" * 32
_BALL = 999_999_999
Number = Annotated[int, Field(ge=0, le=_BALL)]
Word = Annotated[str, Field(pattern=r"^[^:\s]{1,64}$")]

BEACONS = ("drand", "nist2")


class RevealSource(Schema):
    """A secret of 32 bytes that the operator made and keeps until the draw; here its SHA-256. For a
    real draw that waits for its sources, two custodians hold it in escrow beforehand."""

    type: Literal["reveal"]
    sha256: Annotated[Hex64, shown(_DIGEST)]


class DiceSource(Schema):
    """Digits from dice rolled before witnesses."""

    type: Literal["dice"]
    digits: Annotated[int, Field(ge=1, le=200, examples=[20])]


class BallsSource(Schema):
    """Numbered balls, `min` to `max`, of which `count` are drawn without return before witnesses."""

    type: Literal["balls"]
    count: Annotated[int, Field(ge=1, le=200, examples=[7])]
    min: Annotated[Number, shown(1)]
    max: Annotated[Number, shown(35)]


class LotterySource(Schema):
    """The numbers of one issue of a public lottery that is drawn after `not_before`."""

    type: Literal["lottery"]
    code: Annotated[Word, shown("双色球")]
    issue: Annotated[Word, shown("2026024")]


class TestSource(Schema):
    """A text; for draws of purpose `test` only."""

    type: Literal["test"]


SeedSource = TypeAliasType(
    "SeedSource",
    Annotated[
        RevealSource | DiceSource | BallsSource | LotterySource | TestSource,
        Field(discriminator="type"),
    ],
)


class CommitmentCreate(Schema):
    """What fixes the draw before any seed value exists (draw-spec 3)."""

    sources: Annotated[
        list[SeedSource],
        Field(
            min_length=1,
            max_length=8,
            examples=[[{"type": "reveal", "sha256": _DIGEST}, {"type": "dice", "digits": 20}]],
        ),
    ]
    """In the order of the seed: what a person controls first, what nobody controls last."""
    not_before: Annotated[AwareDatetime, Field(examples=["2026-03-01T01:00:00Z"])]
    """Earliest moment of the seed; seconds count, fractions are dropped."""
    seed_by: Annotated[AwareDatetime | None, Field(examples=["2026-03-08T01:00:00Z"])] = None
    """Last moment of the seed's values, after `not_before`; 7 days after it if left out."""
    fallback: Literal["wait", "void"] = "wait"
    """What happens when a source does not come by then: the draw waits, or is voided."""

    @field_validator("sources", mode="before")
    @classmethod
    def refuse_beacons(cls, given: Any) -> Any:
        """A beacon gets an answer of its own rather than that its name is unknown."""
        for place, source in enumerate(given if isinstance(given, list) else ()):
            kind = source.get("type") if isinstance(source, dict) else None
            if kind in BEACONS:
                raise BeaconWithoutCode(pointer=f"/sources/{place}", type=kind)
        return given


class Signatory(Schema):
    """Who signed the minutes, in which role."""

    role: Literal["operator", "witness", "notary", "supervisor", "recorder"]
    name: Annotated[str, Field(min_length=1, max_length=100, examples=["张某"])]


class VideoDigest(Schema):
    """A video of the act, which is kept elsewhere; its digest proves that it is the same."""

    name: Annotated[
        str, Field(pattern=r"^[^\x00-\x1f/\\]{1,200}$", examples=["20260301-大厅-1号机位.mp4"])
    ]
    sha256: Annotated[Hex64, shown("ef" * 32)]
    bytes: Annotated[
        int,
        Field(ge=1, le=2**53 - 1, examples=[734003200], json_schema_extra={"format": "int64"}),
    ]


class Minutes(Schema):
    """The minutes of a public act 现场记录."""

    held_at: Annotated[AwareDatetime, shown("2026-03-01T01:10:00Z")]
    place: Annotated[str, Field(min_length=1, max_length=200, examples=["杨陵区政务服务大厅"])]
    signed_by: Annotated[
        list[Signatory],
        Field(min_length=3, max_length=20),
        shown(
            [
                {"role": "operator", "name": "张某"},
                {"role": "witness", "name": "李某"},
                {"role": "notary", "name": "王某"},
            ]
        ),
    ]
    videos: Annotated[list[VideoDigest], Field(max_length=20), shown([])] = []


class GivenValue(Schema):
    """What every kind of value answers beside `raw`, the rest of its line of seed.txt."""

    how: ClassVar[tuple[str, str]]
    """What to do to get and give it, in Chinese and English."""
    secret: ClassVar[bool] = False
    """Whether somebody knows it beforehand: such a value comes last, and no event holds it."""

    @property
    def act(self) -> Minutes | None:
        """The minutes of the public act that it comes from, if it comes from one."""
        return None

    @property
    def happened_at(self) -> datetime | None:
        """When chance decided it: not before the committed moment. None if it was fixed before."""
        return self.act.held_at if self.act else None


class RevealValue(GivenValue):
    """The secret, now shown."""

    how = (
        "公开此前封存的秘密值（64 位十六进制）；经办人不到场的，由保管人启封录入。",
        (
            "Reveal the secret that was sealed, 64 hex characters; if the operator does not come, a "
            "custodian opens the envelope and enters it."
        ),
    )
    secret = True

    type: Literal["reveal"]
    value: Annotated[Hex64, shown(_SECRET)]

    @property
    def raw(self) -> str:
        return self.value


class DiceValue(GivenValue):
    """The digits as rolled, and the minutes."""

    how = (
        (
            "当众掷骰，按掷出的先后录入全部数字，并附现场记录：时间、地点，至少三种身份的人签字，"
            "录像文件的摘要。"
        ),
        (
            "Roll the dice in public and enter all digits in the order rolled, with the minutes: time, "
            "place, signatures in at least three roles, digests of the video files."
        ),
    )

    type: Literal["dice"]
    value: Annotated[str, Field(pattern=r"^[0-9]{1,400}$", examples=["52117850255171607909"])]
    minutes: Minutes

    @property
    def raw(self) -> str:
        return self.value

    @property
    def act(self) -> Minutes:
        return self.minutes


class BallsValue(GivenValue):
    """The balls as drawn, in any order, and the minutes."""

    how = (
        (
            "当众摇号，按摇出的先后录入全部球号，并附现场记录：时间、地点，至少三种身份的人签字，"
            "录像文件的摘要。"
        ),
        (
            "Draw the balls in public and enter all numbers in the order drawn, with the minutes: time, "
            "place, signatures in at least three roles, digests of the video files."
        ),
    )

    type: Literal["balls"]
    numbers: Annotated[
        list[Number], Field(min_length=1, max_length=200), shown([18, 9, 26, 34, 3, 21, 12])
    ]
    minutes: Minutes

    @property
    def raw(self) -> str:
        return balls_text(self.numbers)

    @property
    def act(self) -> Minutes:
        return self.minutes


class LotteryValue(GivenValue):
    """The numbers of the issue, group by group in the order of the lottery's rules; a group whose
    numbers may repeat (a lottery of digits) is given as one group for each digit."""

    how = (
        "开奖后按规则的分组次序录入该期开奖号码、开奖时间和公布号码的出处。",
        (
            "After the issue is drawn, enter its numbers in the groups of the rules, when it was drawn, "
            "and where the numbers were published."
        ),
    )

    type: Literal["lottery"]
    groups: Annotated[
        list[Annotated[list[Number], Field(min_length=1, max_length=100)]],
        Field(min_length=1, max_length=20),
        shown([[3, 9, 14, 22, 27, 31], [8]]),
    ]
    drawn_at: Annotated[AwareDatetime, shown("2026-03-01T13:15:00Z")]
    published_in: Annotated[
        str,
        Field(
            pattern=r"^[^\x00-\x1f]{1,500}$",
            examples=["https://www.cwl.gov.cn/ 双色球第2026024期开奖公告"],
        ),
    ]
    """Where anyone finds the numbers: an address, or name and date of the announcement."""

    @property
    def raw(self) -> str:
        return "".join(balls_text(group) for group in self.groups)

    @property
    def happened_at(self) -> datetime:
        return self.drawn_at


class TestValue(GivenValue):
    """The text of a test."""

    how = ("录入演练用的文本。", "Enter the text of the rehearsal.")

    type: Literal["test"]
    value: Annotated[str, Field(pattern=r"^[^\n\r]{1,200}$", examples=["rehearsal"])]

    @property
    def raw(self) -> str:
        return self.value


SeedValue = TypeAliasType(
    "SeedValue",
    Annotated[
        RevealValue | DiceValue | BallsValue | LotteryValue | TestValue,
        Field(discriminator="type"),
    ],
)
VALUES: dict[str, type[GivenValue]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind
    for kind in (RevealValue, DiceValue, BallsValue, LotteryValue, TestValue)
}
"""Kind of source -> the class of its value."""


class SeedCreate(Schema):
    """The values of all sources, in the order of the commitment."""

    sources: Annotated[
        list[SeedValue],
        Field(min_length=1, max_length=8),
        shown(
            [
                {"type": "reveal", "value": _SECRET},
                {
                    "type": "dice",
                    "value": "52117850255171607909",
                    "minutes": {
                        "held_at": "2026-03-01T01:10:00Z",
                        "place": "杨陵区政务服务大厅",
                        "signed_by": [
                            {"role": "operator", "name": "张某"},
                            {"role": "witness", "name": "李某"},
                            {"role": "notary", "name": "王某"},
                        ],
                    },
                },
            ]
        ),
    ]


class SourceGivenEvent(Schema):
    """The value of a source was given; `line` is null where it must not be known before the seed."""

    draw_id: str
    attempt: int
    number: int
    type: str
    line: str | None
    at: datetime
