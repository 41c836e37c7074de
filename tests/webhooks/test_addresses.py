"""A callback goes to the address that was checked, and speaks with the host that was named."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.egress import Egress
from app.webhooks.worker import Sender, deliver_once, trusted
from tests.factories import Key
from tests.watching import rows
from tests.webhooks.conftest import SCHEDULE, Callbacks
from tests.webhooks.receivers import Receiver, new_secret, until

UseEgress = Callable[[Egress], None]
ALLOWED = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
NAME = "callback.example"


class Names:
    """Answers of a name server, one after the other; the last stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def use_egress(app: FastAPI) -> Iterator[UseEgress]:
    """Lets the service resolve names in another way; undone at the end."""
    before = app.state.egress

    def use(egress: Egress) -> None:
        app.state.egress = egress

    yield use
    app.state.egress = before


async def errors(superuser: AsyncEngine) -> list[str]:
    return [row[0] for row in await rows(superuser, "SELECT error FROM openlot.webhook_attempt")]


async def call(
    callbacks: Callbacks, app: FastAPI, egress: Egress, ca_file: Path | None = None
) -> None:
    await callbacks.happen()
    sender = Sender(egress, app.state.vault, trusted(ca_file))
    await deliver_once(app.state.database, sender, datetime.now(UTC), SCHEDULE)
    await sender.close()


@pytest.mark.parametrize("second", ["169.254.169.254", "100.64.0.1", "::ffff:169.254.169.254"])
async def test_a_name_that_turns_inside_is_not_called(
    callbacks: Callbacks,
    key: Key,
    app: FastAPI,
    superuser: AsyncEngine,
    use_egress: UseEgress,
    second: str,
) -> None:
    receiver = await callbacks.receiver()
    names = Names(["127.0.0.1"], [second])
    egress = Egress(ALLOWED, names)
    use_egress(egress)
    await callbacks.subscribe(key, receiver, url=f"http://{NAME}:{receiver.port}/")
    await call(callbacks, app, egress)
    assert (names.asked, receiver.taken) == (2, [])
    assert await errors(superuser) == ["address-refused"]


async def test_a_good_address_beside_a_bad_one_helps_nothing(
    key: Key, http: httpx.AsyncClient, use_egress: UseEgress
) -> None:
    use_egress(Egress(ALLOWED, Names(["127.0.0.1", "169.254.169.254"])))
    body = {
        "department_code": "610403-SCJG",
        "url": f"http://{NAME}:9/",
        "event_types": ["task.completed"],
        "secret": new_secret(),
    }
    answer = await http.post("/v1/webhook-subscriptions", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-url-refused")


async def test_the_next_address_is_tried_where_nobody_listens(
    callbacks: Callbacks, key: Key, app: FastAPI, use_egress: UseEgress
) -> None:
    receiver = await callbacks.receiver()
    egress = Egress(ALLOWED, Names(["::1", "127.0.0.1"]))
    use_egress(egress)
    await callbacks.subscribe(key, receiver, url=f"http://{NAME}:{receiver.port}/")
    await call(callbacks, app, egress)
    assert len(receiver.taken) == 1


def make_certificates(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The certificate of an authority, and the context of a server that is called NAME."""
    names = {n: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in ("CA", NAME)}
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in names}
    made = {}
    for name, extension in (
        ("CA", x509.BasicConstraints(ca=True, path_length=0)),
        (NAME, x509.SubjectAlternativeName([x509.DNSName(NAME)])),
    ):
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["CA"])
            .public_key(keys[name].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(extension, critical=True)
        )
        made[name] = builder.sign(keys["CA"], SHA256()).public_bytes(Encoding.PEM)
    (folder / "ca.pem").write_bytes(made["CA"])
    private = keys[NAME].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + made[NAME])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return folder / "ca.pem", context


@pytest.mark.parametrize(
    ("host", "known", "arrives"),
    [(NAME, True, True), ("another.example", True, False), (NAME, False, False)],
)
async def test_the_certificate_must_be_of_the_host_that_was_named(
    callbacks: Callbacks,
    key: Key,
    app: FastAPI,
    superuser: AsyncEngine,
    tmp_path: Path,
    use_egress: UseEgress,
    host: str,
    known: bool,
    arrives: bool,
) -> None:
    ca_file, tls = make_certificates(tmp_path)
    asked: list[str] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    receiver = await Receiver(tls=tls).start()
    callbacks.receivers.append(receiver)
    egress = Egress(ALLOWED, Names(["127.0.0.1"]))
    use_egress(egress)
    url = f"https://{host}:{receiver.port}/callback"
    await callbacks.subscribe(key, receiver, url=url)
    await call(callbacks, app, egress, ca_file if known else None)
    assert asked == [host]
    assert await errors(superuser) == ["" if arrives else "connect-failed"]
    await until(lambda: receiver.open == 0)
    assert [taken.headers["host"] for taken in receiver.taken] == [f"{host}:{receiver.port}"] * int(
        arrives
    )
