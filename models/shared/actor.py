"""Who acts: a person or a machine, in one role (GEN-11)."""

from enum import StrEnum

from models.shared.message import Frozen


class Role(StrEnum):
    CLIENT = "client"
    CALL_CENTER = "call_center"
    SUPERVISOR = "supervisor"
    ENGINEER = "engineer"
    MANAGER = "manager"
    DIRECTOR = "director"
    ACCOUNT_EXECUTIVE = "account_executive"
    WAREHOUSE = "warehouse"
    LOGISTICS = "logistics"
    BILLING = "billing"
    PURCHASING = "purchasing"
    REFURBISHMENT = "refurbishment"
    QUALITY = "quality"
    COMMERCIAL_ADVISER = "commercial_adviser"
    MONITOR = "monitor"
    TEAM_LEADER = "team_leader"
    SALES_EXECUTIVE = "sales_executive"
    NETWORK = "network"
    COMMERCIAL_OPS = "commercial_ops"
    ZONAL_OPS = "zonal_ops"
    SUPPORT_HEAD = "support_head"
    ADMIN = "admin"
    MONITORING = "monitoring"
    SYSTEM = "system"
    """A timer of the case itself; nobody logs in with it."""


class Actor(Frozen):
    """`client` is the client a person of role `client` belongs to; empty for staff and machines."""

    user: str
    role: Role
    client: str = ""


SYSTEM = Actor(user="system", role=Role.SYSTEM)

LINK = "link"
"""The user that a signed link stands for: the case's own contact, without a log-in (TCK-13). Nobody logs in with it."""
