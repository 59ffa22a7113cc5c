"""What staff and clients read for each code, in Spanish and English: the one place (GEN-08, GEN-09).

A code is named with its table, `gate.root_cause`, because the same word means something else in another.
"""

Words = tuple[str, str]
"""The Spanish words and the English ones."""

_TABLES: dict[str, dict[str, Words]] = {
    "state": {
        "registered": ("registrado", "registered"),
        "classified": ("clasificado", "classified"),
        "assigned": ("asignado", "assigned"),
        "diagnosed": ("diagnosticado", "diagnosed"),
        "resolved": ("resuelto, por confirmar", "resolved, to be confirmed"),
        "closed": ("cerrado", "closed"),
        "merged": ("unido a otro", "merged"),
        "redirected": ("enviado a otra área", "redirected"),
        "cancelled": ("cancelado", "cancelled"),
    },
    "priority": {
        "high": ("alta", "high"),
        "medium": ("media", "medium"),
        "low": ("baja", "low"),
    },
    "type": {
        "technical_failure": ("falla técnica", "technical failure"),
        "equipment_stopped": ("equipo detenido", "equipment stopped"),
        "recurrent_problem": ("problema recurrente", "recurrent problem"),
        "user_error": ("error de uso", "user error"),
        "operative_support": ("soporte operativo o configuración", "operative support or configuration"),
    },
    "channel": {
        "portal": ("portal", "portal"),
        "phone": ("teléfono", "phone"),
        "email": ("correo electrónico", "e-mail"),
        "whatsapp": ("WhatsApp", "WhatsApp"),
        "monitoring": ("monitoreo", "monitoring"),
        "account_executive": ("ejecutivo de cuenta", "account executive"),
        "on_site": ("en sitio", "on site"),
        "none": ("sin canal", "no channel"),
    },
    "mode": {
        "remote": ("remoto", "remote"),
        "on_site": ("en sitio", "on site"),
    },
    "role": {
        "client": ("cliente", "client"),
        "call_center": ("centro de atención", "call centre"),
        "supervisor": ("supervisor de servicio", "service supervisor"),
        "engineer": ("ingeniero de servicio", "service engineer"),
        "manager": ("gerente de operaciones", "operations manager"),
        "director": ("director de operaciones", "operations director"),
        "account_executive": ("ejecutivo de cuenta", "account executive"),
        "warehouse": ("almacén", "warehouse"),
        "logistics": ("logística", "logistics"),
        "billing": ("administración", "billing"),
        "purchasing": ("compras", "purchasing"),
        "refurbishment": ("remanufactura", "refurbishment"),
        "quality": ("calidad", "quality"),
        "commercial_adviser": ("asesor comercial", "commercial adviser"),
        "monitor": ("monitorista", "monitor"),
        "team_leader": ("líder de equipo", "team leader"),
        "sales_executive": ("ejecutivo de ventas", "sales executive"),
        "network": ("redes", "network"),
        "commercial_ops": ("operaciones comerciales", "commercial operations"),
        "zonal_ops": ("operaciones de zona", "zonal operations"),
        "support_head": ("jefe de soporte", "head of support"),
        "admin": ("administrador del sistema", "system administrator"),
        "monitoring": ("monitoreo automático", "automatic monitoring"),
        "system": ("sistema", "system"),
    },
    "event": {
        "registered": ("se registró", "registered"),
        "classified": ("se clasificó", "classified"),
        "assigned": ("se asignó", "assigned"),
        "contacted": ("se contactó al cliente", "client contacted"),
        "visit_agreed": ("se acordó una visita", "visit agreed"),
        "visit_arrived": ("el ingeniero llegó al sitio", "engineer arrived on site"),
        "visit_left": ("el ingeniero salió del sitio", "engineer left the site"),
        "visit_failed": ("la visita no se logró", "visit failed"),
        "diagnosed": ("se diagnosticó", "diagnosed"),
        "part_asked": ("se pidió una refacción", "part asked for"),
        "part_changed": ("cambió una refacción", "part changed"),
        "paused": ("se pausó el reloj de solución", "resolution clock paused"),
        "resumed": ("se reanudó el reloj de solución", "resolution clock resumed"),
        "evidence_added": ("se agregó evidencia", "evidence added"),
        "noted": ("se agregó una nota", "note added"),
        "messaged": ("se envió un mensaje al cliente", "message to the client"),
        "follow_up_set": ("se prometió un seguimiento", "follow-up promised"),
        "follow_up_missed": ("no se cumplió un seguimiento", "follow-up missed"),
        "corrected": ("se corrigieron los datos", "data corrected"),
        "warned": ("aviso de plazo", "deadline warning"),
        "breached": ("se venció el plazo", "deadline missed"),
        "escalated": ("se escaló", "escalated"),
        "acknowledged": ("se atendió el escalamiento", "escalation acknowledged"),
        "resolved": ("se resolvió", "resolved"),
        "confirmed": ("el cliente confirmó", "confirmed by the client"),
        "rejected": ("el cliente no aceptó la solución", "rejected by the client"),
        "closed": ("se cerró", "closed"),
        "reopened": ("se reabrió", "reopened"),
        "merged": ("se unió a otro", "merged"),
        "redirected": ("se envió a otra área", "redirected"),
        "cancelled": ("se canceló", "cancelled"),
        "surveyed": ("el cliente calificó el servicio", "rated by the client"),
        "overridden": ("se exceptuó un requisito", "gate overridden"),
        "recurrence_marked": ("se marcó como recurrente", "marked as recurrent"),
        "breach_predicted": ("se prevé el vencimiento del plazo", "breach predicted"),
    },
    "gate": {
        "service_not_completed": ("Falta concluir el servicio.", "The service is not completed."),
        "root_cause": ("Falta la causa raíz.", "The root cause is missing."),
        "actions": ("Faltan las acciones realizadas.", "The actions taken are missing."),
        "evidence": ("Falta la evidencia del servicio.", "Evidence of the service is missing."),
        "evidence_on_site": (
            "Falta evidencia de la atención en sitio.",
            "Evidence of the work on site is missing.",
        ),
        "pending_parts": ("Hay refacciones pendientes.", "There are pending parts."),
        "failure_classification": (
            "Falta la clasificación final de la falla.",
            "The final failure classification is missing.",
        ),
        "client_confirmation": (
            "Falta la confirmación del cliente.",
            "The client's confirmation is missing.",
        ),
    },
    "waiting_for": {
        "": ("nadie", "nobody"),
        "classification": ("que se clasifique", "classification"),
        "assignment": ("que se asigne un ingeniero", "an engineer to be assigned"),
        "contact": ("el primer contacto con el cliente", "the first contact with the client"),
        "diagnosis": ("el diagnóstico", "the diagnosis"),
        "visit": ("la visita acordada", "the agreed visit"),
        "parts": ("las refacciones", "parts"),
        "client": ("una respuesta del cliente", "the client's answer"),
        "resolution": ("la solución", "the resolution"),
        "confirmation": ("la confirmación del cliente", "the client's confirmation"),
        "close": ("el cierre", "the close"),
    },
    "trigger": {
        "not_assigned": ("no se asignó a tiempo", "not assigned in time"),
        "open_limit": ("lleva demasiado tiempo abierto", "open for too long"),
        "special_parts": ("requiere refacciones especiales", "special parts are needed"),
        "not_solved": ("el diagnóstico no lo resolvió", "the diagnosis did not solve it"),
        "sla_breached": ("se venció un plazo comprometido", "a committed deadline was missed"),
        "dissatisfied": ("el cliente está inconforme", "the client is dissatisfied"),
        "recurrence": ("la falla es recurrente", "the failure is recurrent"),
        "manual": ("lo pidió una persona", "asked for by a person"),
    },
    "clock": {
        "first_response": ("primera respuesta", "first response"),
        "resolution": ("solución", "resolution"),
    },
    "clock_state": {
        "running": ("corriendo", "running"),
        "paused": ("en pausa", "paused"),
        "met": ("cumplido", "met"),
        "breached": ("vencido", "breached"),
    },
    "pause": {
        "waiting_client": ("en espera del cliente", "waiting for the client"),
        "agreed_visit": ("visita acordada con el cliente", "visit agreed with the client"),
        "confirmation": ("en espera de la confirmación", "waiting for the confirmation"),
    },
    "level": {
        "1": ("supervisor de servicio", "service supervisor"),
        "2": ("gerente de operaciones", "operations manager"),
        "3": ("director de operaciones", "operations director"),
    },
    "resolution": {
        "resolved": ("resuelto", "resolved"),
        "sent_to_department": ("enviado a otra área", "sent to another department"),
        "follow_up": ("en seguimiento", "follow-up"),
    },
    "closed_as": {
        "confirmed": ("confirmado por el cliente", "confirmed by the client"),
        "by_device": ("confirmado por el equipo", "confirmed by the device"),
        "unconfirmed": ("sin confirmación del cliente", "without the client's confirmation"),
        "override": ("confirmación exceptuada", "confirmation overridden"),
    },
    "part_state": {
        "asked": ("pedida", "asked for"),
        "promised": ("prometida", "promised"),
        "received": ("recibida", "received"),
        "installed": ("instalada", "installed"),
        "returned": ("devuelta", "returned"),
        "not_needed": ("ya no se necesita", "no longer needed"),
    },
    "visit_state": {
        "agreed": ("acordada", "agreed"),
        "arrived": ("en sitio", "on site"),
        "left": ("terminada", "finished"),
        "failed": ("no lograda", "failed"),
    },
    "department": {
        "toner": ("suministro de tóner", "toner supply"),
        "swap": ("cambio de equipo", "equipment swap"),
        "billing": ("facturación", "billing"),
    },
    "outbox": {
        "pending": ("por enviar", "to be sent"),
        "sending": ("enviándose", "being sent"),
        "sent": ("enviado", "sent"),
        "failed": ("no se pudo enviar", "could not be sent"),
        "doubt": ("en duda", "in doubt"),
    },
}


def text(code: str, language: str = "es") -> str:
    """The words for `table.code` in a language; any language but English reads Spanish.

    A code without words reads as itself, spelled out: an unforeseen value must never hide a screen or a message.
    """
    table, _, name = code.partition(".")
    spanish, english = _TABLES.get(table, {}).get(name, (name.replace("_", " "),) * 2)
    return english if language.startswith("en") else spanish


def codes(table: str) -> frozenset[str]:
    """The codes of a table that have words."""
    return frozenset(_TABLES.get(table, {}))
