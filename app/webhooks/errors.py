"""What can go wrong with callbacks.

DomainError
├── NotFound 404 ── WebhookSubscriptionNotFound
└── Unprocessable 422 ── WebhookUrlRefused
"""

from app.core.problems import NotFound, Unprocessable


class WebhookSubscriptionNotFound(NotFound):
    code = "webhook-subscription-not-found"
    zh = "没有这个回调订阅。"
    en = "There is no such subscription."


class WebhookUrlRefused(Unprocessable):
    code = "webhook-url-refused"
    zh = "不能回调这个地址：{why_zh}。"
    en = "That address cannot be called: {why_en}."
