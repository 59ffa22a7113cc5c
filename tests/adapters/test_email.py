"""E-mail against real servers: what gets there, and what each way of breaking off means (GEN-08)."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from activities.adapters.email import SmtpMailer, SmtpServer
from activities.failures import AdapterError, InDoubt, Rejected, Unavailable
from tests.adapters.builders import AT, StillClock, a_message
from tests.adapters.smtp_servers import HANG_UP, SILENCE, Inbox, smtp_server

pytestmark = pytest.mark.req("GEN-08")


def a_mailer(
    port: int, *, user: str = "", password: str = "", tls: bool = False, **options: object
) -> SmtpMailer:
    server = SmtpServer(host="127.0.0.1", port=port, tls=tls, user=user, password=password)
    trust = options.get("trust")
    assert trust is None or isinstance(trust, ssl.SSLContext)
    return SmtpMailer(server, "soporte@postventa.example", StillClock(), timeout=0.3, trust=trust)


async def test_a_message_arrives_whole_and_says_what_it_is() -> None:
    async with smtp_server() as inbox:
        await a_mailer(inbox.port).send(a_message())
    (letter,) = inbox.accepted
    assert letter["To"] == "ana@example.com"
    assert letter["From"] == "soporte@postventa.example"
    assert letter["Subject"] == "[T-2031-000123] Recibimos su reporte"
    assert letter["Date"].datetime == AT
    assert letter["Auto-Submitted"] == "auto-generated"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Buen día, Ana:", ".", "Su teléfono señaló «atasco»."]
    assert html.get_content().strip() == "<p>Buen día, Ana:</p>"


async def test_every_attempt_of_a_letter_has_the_same_message_id_and_no_other_letter_has_it() -> None:
    async with smtp_server() as inbox:
        for message in (a_message(), a_message(), a_message(id="8.assigned:2.contact")):
            await a_mailer(inbox.port).send(message)
    first, again, other = (letter["Message-ID"] for letter in inbox.accepted)
    assert first == again != other
    assert first == "<7.registered-1.contact.T-2031-000123@postventa.example>"


async def test_the_letters_of_a_case_are_one_thread() -> None:
    async with smtp_server() as inbox:
        for message in (a_message(), a_message(id="8"), a_message(id="9", folio="T-2031-000124")):
            await a_mailer(inbox.port).send(message)
    mine, too, other = (letter["References"] for letter in inbox.accepted)
    assert mine == too != other
    assert inbox.accepted[0]["In-Reply-To"] == mine


BEFORE = ["ehlo", "mail", "rcpt", "data"]


@pytest.mark.parametrize("phase", BEFORE)
@pytest.mark.parametrize("how", [HANG_UP, SILENCE, "451 later", "421 closing"])
async def test_whatever_breaks_before_the_message_is_given_can_be_tried_again(phase: str, how: str) -> None:
    async with smtp_server({phase: how}) as inbox:
        with pytest.raises(Unavailable):
            await a_mailer(inbox.port).send(a_message())
    assert inbox.accepted == []
    assert inbox.seen.count(phase) >= 1


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "body"])
async def test_a_refusal_for_good_is_final(phase: str) -> None:
    async with smtp_server({phase: "550 no such person"}) as inbox:
        with pytest.raises(Rejected, match="550 no such person"):
            await a_mailer(inbox.port).send(a_message())
    assert inbox.accepted == []


async def test_a_message_refused_for_now_can_be_tried_again() -> None:
    async with smtp_server({"body": "452 mailbox full"}) as inbox:
        with pytest.raises(Unavailable, match="452 mailbox full"):
            await a_mailer(inbox.port).send(a_message())
    assert inbox.accepted == []


@pytest.mark.parametrize("how", [HANG_UP, SILENCE])
@pytest.mark.parametrize("phase", ["body", "accepted"])
async def test_a_server_that_never_says_whether_it_took_the_message_leaves_it_in_doubt(
    phase: str, how: str
) -> None:
    async with smtp_server({phase: how}) as inbox:
        with pytest.raises(InDoubt):
            await a_mailer(inbox.port).send(a_message())
    assert len(inbox.accepted) == (1 if phase == "accepted" else 0)


@pytest.mark.parametrize("answer", ["gibberish", "999 what"])
async def test_an_answer_that_means_nothing_leaves_it_in_doubt(answer: str) -> None:
    async with smtp_server({"body": answer}) as inbox:
        with pytest.raises(InDoubt):
            await a_mailer(inbox.port).send(a_message())


async def test_a_server_that_is_not_there_can_be_tried_again() -> None:
    async with smtp_server() as inbox:
        port = inbox.port
    with pytest.raises(Unavailable):
        await a_mailer(port).send(a_message())


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "ana@example.com\r\nBcc: x@example.com", "añá@example.com"]
)
async def test_an_address_that_cannot_be_one_is_final(address: str) -> None:
    async with smtp_server({"rcpt": "553 bad address"} if address in ("", "ana", "ana@") else None) as inbox:
        with pytest.raises(Rejected):
            await a_mailer(inbox.port).send(a_message(address=address))
    assert inbox.accepted == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(scope="module")
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture(scope="module")
def identity(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_server_that_asks_for_it_gets_tls_and_the_password(
    identity: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with smtp_server(starttls=identity, password="clave") as inbox:
        await a_mailer(inbox.port, user="soporte", password="clave", trust=trust).send(a_message())
    assert len(inbox.accepted) == 1


async def test_a_server_behind_tls_from_the_start_is_spoken_to_in_tls(
    identity: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with smtp_server(tls=identity) as inbox:
        await a_mailer(inbox.port, tls=True, trust=trust).send(a_message())
    assert len(inbox.accepted) == 1


async def _failure(inbox: Inbox, mailer: SmtpMailer) -> AdapterError:
    with pytest.raises(AdapterError) as failed:
        await mailer.send(a_message())
    assert inbox.accepted == []
    return failed.value


async def test_a_wrong_password_or_certificate_is_ours_to_mend_so_the_message_is_not_given_up(
    identity: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with smtp_server(starttls=identity, password="clave") as inbox:
        wrong = await _failure(inbox, a_mailer(inbox.port, user="soporte", password="otra", trust=trust))
        stranger = await _failure(inbox, a_mailer(inbox.port, user="soporte", password="clave"))
    assert (type(wrong), type(stranger)) == (Unavailable, Unavailable)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpServer(host="mail.example", port=25)),
        ("smtps://mail.example", SmtpServer(host="mail.example", port=465, tls=True)),
        (
            "smtp://so%40porte:cl%2Fave@mail.example:587",
            SmtpServer(host="mail.example", port=587, user="so@porte", password="cl/ave"),
        ),
    ],
)
def test_a_server_is_named_by_its_url(url: str, expected: SmtpServer) -> None:
    assert SmtpServer.parse(url) == expected


@pytest.mark.parametrize("url", ["", "http://mail.example", "smtp://", "mail.example:25"])
def test_what_is_not_the_url_of_a_mail_server_is_said_to_be(url: str) -> None:
    with pytest.raises(ValueError, match="smtp_url"):
        SmtpServer.parse(url)
