"""Which of the two languages a reader asked for."""


def prefers_english(accept_language: str) -> bool:
    """Whether English stands before Chinese in an Accept-Language header."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")):
        tag, _, quality = part.replace(" ", "").partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            ranked.append((-weight, place, tag.lower()))
    for _, _, tag in sorted(ranked):
        if tag.startswith(("en", "zh")):
            return tag.startswith("en")
    return False
