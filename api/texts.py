"""What the front door says to people, Spanish and English, in one place (GEN-13).

Sentences of the domain come from the rules, in Spanish; what is here is what only the front door knows.
"""

ES, EN = "es", "en"

TITLES: dict[str, dict[str, str]] = {
    "gate_not_met": {ES: "Faltan requisitos", EN: "Requirements are missing"},
    "not_now": {ES: "No es posible en este momento", EN: "Not possible now"},
    "not_allowed": {ES: "No permitido", EN: "Not allowed"},
    "unknown": {ES: "No existe", EN: "Not found"},
    "invalid": {ES: "Datos no válidos", EN: "Invalid data"},
    "malformed": {ES: "Petición mal formada", EN: "Malformed request"},
    "unauthenticated": {ES: "Identifíquese", EN: "Log in"},
    "method_not_allowed": {ES: "Método no permitido", EN: "Method not allowed"},
    "too_large": {ES: "Contenido demasiado grande", EN: "Content too large"},
    "away": {ES: "Servicio no disponible por el momento", EN: "Service away for the moment"},
    "failed": {ES: "Error interno", EN: "Internal error"},
}
"""By kind of problem."""

SENTENCES: dict[str, dict[str, str]] = {
    "validation": {
        ES: "Lo enviado tiene datos que no son válidos.",
        EN: "Something that was sent is not valid.",
    },
    "malformed": {ES: "El contenido no es JSON válido.", EN: "The body is not valid JSON."},
    "unknown_path": {ES: "No existe esta dirección.", EN: "There is nothing at this address."},
    "method_not_allowed": {
        ES: "Esta dirección no acepta ese método.",
        EN: "This address does not take that method.",
    },
    "too_large": {
        ES: "El contenido excede {limit} bytes.",
        EN: "The content is larger than {limit} bytes.",
    },
    "no_token": {ES: "Falta el token de acceso.", EN: "The access token is missing."},
    "bad_token": {ES: "El token de acceso no es válido.", EN: "The access token is not valid."},
    "expired_token": {ES: "El token de acceso venció.", EN: "The access token has expired."},
    "unknown_user": {
        ES: "El usuario del token no existe aquí.",
        EN: "The user of the token does not exist here.",
    },
    "bad_credentials": {ES: "Usuario o contraseña incorrectos.", EN: "Wrong user or password."},
    "oidc_only": {
        ES: "Los tokens los da el proveedor de identidad.",
        EN: "Tokens come from the identity provider.",
    },
    "role_not_allowed": {ES: "Su rol no permite esta acción.", EN: "Your role does not allow this."},
    "away": {
        ES: "Una parte del sistema no responde; nada quedó a medias. Intente de nuevo en unos segundos.",
        EN: "A part of the system does not answer; nothing is half done. Try again in a few seconds.",
    },
    "engine_away": {ES: "El motor de procesos no responde.", EN: "The process engine does not answer."},
    "database_away": {ES: "La base de datos no responde.", EN: "The database does not answer."},
    "database_behind": {
        ES: "A la base de datos le faltan migraciones.",
        EN: "The database lacks migrations.",
    },
    "database_ahead": {
        ES: "La base de datos es de una versión más nueva que este programa.",
        EN: "The database belongs to a newer release than this program.",
    },
    "failed": {
        ES: "Ocurrió un error inesperado; quedó registrado.",
        EN: "Something unexpected went wrong; it was logged.",
    },
    "key_reused": {
        ES: "Esta Idempotency-Key ya se usó con otro contenido.",
        EN: "This Idempotency-Key was used with another body.",
    },
    "bad_key": {
        ES: "Idempotency-Key debe tener de 1 a 200 caracteres ASCII visibles.",
        EN: "Idempotency-Key must have 1 to 200 visible ASCII characters.",
    },
    "bad_cursor": {
        ES: "El cursor no es de esta lista con este orden.",
        EN: "The cursor is not of this list in this order.",
    },
    "bad_sort": {ES: "Se puede ordenar por: {allowed}.", EN: "It can be sorted by: {allowed}."},
    "bad_payloads": {
        ES: "No son payloads que este servicio pueda leer.",
        EN: "These are not payloads that this service can read.",
    },
    "page_title": {ES: "Su reporte", EN: "Your report"},
    "page_question": {ES: "¿Quedó resuelto?", EN: "Is it solved?"},
    "page_folio": {ES: "Folio", EN: "Number"},
    "page_device": {ES: "Equipo", EN: "Device"},
    "page_symptom": {ES: "Lo que nos reportó", EN: "What you reported"},
    "page_solution": {ES: "Lo que se hizo", EN: "What was done"},
    "page_advice": {ES: "Para que no vuelva a pasar", EN: "So that it does not happen again"},
    "page_solved_at": {ES: "Se resolvió", EN: "Solved on"},
    "page_yes": {ES: "Sí, ya funciona", EN: "Yes, it works"},
    "page_no": {ES: "No, sigue fallando", EN: "No, it still fails"},
    "page_reason": {
        ES: "Si sigue fallando, cuéntenos qué pasa",
        EN: "If it still fails, tell us what happens",
    },
    "page_reason_missing": {
        ES: "Por favor cuéntenos qué sigue fallando.",
        EN: "Please tell us what still fails.",
    },
    "page_closed_title": {ES: "Su reporte está cerrado", EN: "Your report is closed"},
    "page_closed": {
        ES: "Gracias por su respuesta. Si el problema vuelve, díganos su folio y lo retomamos.",
        EN: "Thank you for your answer. If the problem comes back, tell us the number and we take it up again.",
    },
    "page_working_title": {
        ES: "Seguimos trabajando en su reporte",
        EN: "We are still working on your report",
    },
    "page_working": {
        ES: "Sabemos que todavía no queda resuelto. Le avisaremos de cada avance.",
        EN: "We know that it is not solved yet. We will tell you of every step.",
    },
    "page_newer_title": {ES: "Hay una respuesta más reciente", EN: "There is a newer answer"},
    "page_newer": {
        ES: "Este enlace es de una solución anterior. Use por favor el del último mensaje que le enviamos.",
        EN: "This link belongs to an earlier solution. Please use the one of the last message we sent you.",
    },
    "page_cancelled_title": {ES: "Su reporte se canceló", EN: "Your report was cancelled"},
    "page_cancelled": {
        ES: "Ya no hace falta que conteste. Si el problema sigue, por favor avísenos.",
        EN: "There is nothing left to answer. If the problem goes on, please tell us.",
    },
    "page_invalid_title": {ES: "Este enlace no es válido", EN: "This link is not valid"},
    "page_invalid": {
        ES: "Revise que esté completo, o ábralo de nuevo desde el mensaje que le enviamos.",
        EN: "Check that it is complete, or open it again from the message we sent you.",
    },
    "page_refused_title": {ES: "No pudimos registrar su respuesta", EN: "We could not take your answer"},
    "page_refused": {
        ES: "Nos falta algo en el reporte. Por favor llámenos y lo resolvemos.",
        EN: "Something is missing in the report on our side. Please call us and we settle it.",
    },
    "page_away_title": {ES: "Intente de nuevo en un momento", EN: "Please try again in a moment"},
    "page_away": {
        ES: "Por ahora no podemos guardar su respuesta. Vuelva a intentarlo en unos minutos con el mismo enlace.",
        EN: "We cannot take your answer right now. Please try again in a few minutes with the same link.",
    },
    "page_keep": {ES: "Su folio es {folio}.", EN: "Your number is {folio}."},
    "unknown_calendar": {ES: "No existe el calendario {name}.", EN: "There is no calendar {name}."},
}
"""By code of what happened; a domain code found here has its English here too."""


def sentence(code: str, language: str, **places: object) -> str:
    return SENTENCES[code][language].format(**places)
