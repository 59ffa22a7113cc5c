"""What the shared check needs to know of the ticket room."""

from temporalio.client import Client

from models.shared.patch import JsonObject
from models.ticket import view
from models.ticket.types import Ticket
from tests.faults import checking
from tests.faults.harness import Site
from workers import ticket as room


async def _state(client: Client, folio: str) -> JsonObject:
    found = await client.get_workflow_handle(folio).query("ticket", result_type=Ticket)
    return view.document(found)


async def check(site: Site, *folios: str) -> dict[str, int]:
    """The shared check, for tickets."""
    return await checking.check(site, _state, room.WORKFLOWS, *folios)
