"""In development what leaves lands where a person can read it."""

from pathlib import Path

import pytest

from activities.adapters.email import SmtpMailer, SmtpServer
from activities.adapters.mailbox import MailboxWhatsApp
from activities.failures import Unavailable
from postventa.mailbox import letters, listing, mailbox_server
from tests.adapters.builders import StillClock, a_message


async def test_e_mail_and_whatsapp_land_in_the_same_mailbox_and_read_as_they_were_written(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data" / "mailbox"
    async with mailbox_server(folder) as port:
        server = SmtpServer.parse(f"smtp://127.0.0.1:{port}")
        await SmtpMailer(server, "soporte@postventa.example", StillClock()).send(a_message())
    by_phone = a_message(
        address="+52 55 1234 5678", subject="[T-2031-000124] Visita acordada", text="Será mañana."
    )
    await MailboxWhatsApp(folder, StillClock()).send(by_phone)
    mail, whatsapp = letters(folder)
    assert (mail.to, mail.subject) == ("ana@example.com", "[T-2031-000123] Recibimos su reporte")
    assert mail.text.splitlines() == ["Buen día, Ana:", ".", "Su teléfono señaló «atasco»."]
    assert (whatsapp.to, whatsapp.text) == ("+525512345678@whatsapp", "Será mañana.")


async def test_the_listing_has_a_line_for_each_letter_and_the_whole_of_what_is_asked_about(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mailbox"
    assert "vacío" in listing(folder)
    carrier = MailboxWhatsApp(folder, StillClock())
    for n in range(3):
        await carrier.send(a_message(folio=f"T-{n}", subject=f"[T-{n}] Aviso", text=f"Texto del {n}"))
    lines = listing(folder, last=2).splitlines()
    assert [line.rpartition("  ")[2] for line in lines] == ["[T-1] Aviso", "[T-2] Aviso"]
    assert listing(folder, "T-1").endswith("Asunto: [T-1] Aviso\n\nTexto del 1")
    assert "T-9" in listing(folder, "T-9")


async def test_a_mailbox_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mailbox").write_text("a file where the folder should be")
    with pytest.raises(Unavailable):
        await MailboxWhatsApp(tmp_path / "mailbox", StillClock()).send(a_message())
