"""What a search and the files answer, for the documentation: made of the very types, so that it cannot grow old."""

from datetime import UTC, date, datetime
from typing import Any

from models.company.types import (
    CaseLine,
    Client,
    ClientFile,
    Contract,
    Device,
    DeviceFile,
    Found,
    Person,
    Promise,
    Reading,
    Site,
    SiteFile,
)
from models.shared.actor import Role

_AT = datetime(2031, 3, 3, 15, tzinfo=UTC)
_CLIENT = Client(
    id="C1", name="Grupo Alameda", rfc="GAL010203AB1", email="hola@alameda.example", phone="+52 55 5010 1103",
    whatsapp="", language="es", service_level="oro",
)  # fmt: skip
_SITE = Site(
    id="S1", client="C1", name="Matriz", zone="centro", calendar="", timezone="America/Mexico_City",
    lead_time_days=1,
)  # fmt: skip
_DEVICE = Device(
    serial="LX450-0007", model="lx-450", model_name="LX 450", site="S1", site_name="Matriz", zone="centro", client="C1",
    client_name="Grupo Alameda", contract="K1", in_force=True, covered=True, address="10.1.1.10",
)  # fmt: skip
_CASE = CaseLine(
    folio="T-2031-000123", room="ticket", state="classified", open=True, live=True, priority="high",
    type="equipment_stopped", channel="phone", client="C1", site="S1", device="LX450-0007", assignee="",
    waiting_for="assignment", escalation_level=0, sla_breached=False, opened_at=_AT, closed_as="",
)  # fmt: skip
_PROMISE = Promise(
    folio="T-2031-000123", key="assign", action="assign", role=Role.SUPERVISOR, user="", due=_AT
)
_PERSON = Person(
    id="client1", name="Sofía Alcántara", role=Role.CLIENT, phone="+52 55 5010 1103", client="C1"
)
_CONTRACT = Contract(id="K1", client="C1", start=date(2030, 1, 1), cut_off_day=25, currency="MXN")
_READING = Reading(counter="mono", at=_AT, value=24_494, source="monitoring")

FOUND: dict[str, Any] = Found(
    clients=(_CLIENT,), sites=(_SITE,), devices=(_DEVICE,), cases=(_CASE,)
).model_dump(mode="json")
CLIENT: dict[str, Any] = ClientFile(
    client=_CLIENT, contacts=(_PERSON,), sites=(_SITE,), contracts=(_CONTRACT,), devices=(_DEVICE,), cases=(_CASE,),
    promises=(_PROMISE,),
).model_dump(mode="json")  # fmt: skip
SITE: dict[str, Any] = SiteFile(
    site=_SITE, client=_CLIENT, devices=(_DEVICE,), cases=(_CASE,), promises=(_PROMISE,)
).model_dump(mode="json")
DEVICE: dict[str, Any] = {
    **DeviceFile(device=_DEVICE, cases=(_CASE,), promises=(_PROMISE,), readings=(_READING,)).model_dump(mode="json"),
    "recurrence": {"failures": ["2031-03-03T15:00:00Z"], "within_days": 30, "limit": 3, "recurrent": False},
}  # fmt: skip
