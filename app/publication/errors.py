"""What can go wrong with publications.

DomainError
├── NotFound 404 ── SubjectNotFound, NotPublic
├── Conflict 409 ── PublicationTooEarly, PublishedAlready
"""

from app.core.problems import Conflict, DomainError, NotFound


class SubjectNotFound(NotFound):
    code = "publication-subject-not-found"
    zh = "没有可公示的“{subject}”。"
    en = "There is no {subject} to publish."


class NotPublic(NotFound):
    code = "not-public"
    zh = "没有这项公示，或尚未到公示时间。"
    en = "This is not public, or not yet."


class PublicationTooEarly(Conflict):
    code = "publication-too-early"
    zh = "尚未到公示时间：{why_zh}。"
    en = "It may not be published yet: {why_en}."


class PublishedAlready(Conflict):
    code = "published-already"
    zh = "内容已公示且没有变化。"
    en = "It is published, and nothing has changed since."


CONSTRAINTS: dict[str, type[DomainError]] = {
    "uq_publication_kind_subject_version": PublishedAlready,
}
