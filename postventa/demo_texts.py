"""What the demo says on the terminal, in the operator's language."""

from kit.problems import language

_TEXTS: dict[str, tuple[str, str]] = {
    "working": ("La empresa de ejemplo trabaja", "The sample company at work"),
    "away": (
        "La API no contestó en {seconds} s ({why}). Ejecute de nuevo: sigue donde quedó.",
        "The API did not answer in {seconds} s ({why}). Run again: it goes on where it was.",
    ),
    "refused": ("{folio} no puede cerrarse todavía; le falta:", "{folio} cannot be closed yet; missing:"),
    "stopped": (
        "«{life}» se quedó en el paso {step}: {why}",
        "“{life}” stopped at step {step}: {why}",
    ),
    "letters": ("Esperando a que salga el correo …", "Waiting for the letters to leave …"),
    "summary": ("Qué hay ahora: {tickets} tickets", "What there is now: {tickets} tickets"),
    "by_channel": ("por canal", "by channel"),
    "by_state": ("por estado", "by state"),
    "escalation": ("escalamiento", "escalation"),
    "first_response": ("primera respuesta", "first response"),
    "resolution": ("solución", "resolution"),
    "notifications": ("avisos", "notifications"),
}


def say(code: str, /, **places: object) -> str:
    """One sentence of the demo."""
    spanish, english = _TEXTS[code]
    return (spanish if language() == "es" else english).format(**places)
