"""Messages for the adapters' tests."""

from datetime import UTC, datetime

from activities.ports import OutgoingMessage

AT = datetime(2031, 3, 3, 15, tzinfo=UTC)


class StillClock:
    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def a_message(**changes: str) -> OutgoingMessage:
    base = OutgoingMessage(
        id="7.registered:1.contact",
        folio="T-2031-000123",
        address="ana@example.com",
        language="es",
        subject="[T-2031-000123] Recibimos su reporte",
        text="Buen día, Ana:\n.\nSu teléfono señaló «atasco».",
        html="<p>Buen día, Ana:</p>",
    )
    return base.model_copy(update=changes)
