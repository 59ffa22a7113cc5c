"""What a message may say of its case, beside the data of its own notice (GEN-08)."""

from models.shared.message import Frozen


class CaseFacts(Frozen):
    """The facts of a case at the moment of the notice. An empty string is "not known" and reads well all the same.

    `contact_folio` is the contact's own number under the case (GEN-02); `link` leads to the one page the
    recipient needs (to confirm, to rate, or to the case); `timezone` is the site's, in which times are told.
    """

    folio: str
    contact_folio: str = ""
    contact_name: str = ""
    client_name: str = ""
    site_name: str = ""
    device: str = ""
    model: str = ""
    symptom: str = ""
    priority: str = ""
    type: str = ""
    assignee_name: str = ""
    timezone: str = "America/Mexico_City"
    link: str = ""
