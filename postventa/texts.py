"""What the command line says, in the operator's language."""

from kit.problems import language

_TEXTS: dict[str, tuple[str, str]] = {
    "starting": ("Iniciando {part} …", "Starting {part} …"),
    "moved_port": (
        "  el puerto {wanted} ({role}) está ocupado{holder}: se usa {port}",
        "  port {wanted} ({role}) is taken{holder}: using {port}",
    ),
    "orphan": (
        "  se detiene {part} de una ejecución anterior (pid {pid})",
        "  stopping {part} left by a former run (pid {pid})",
    ),
    "died": (
        "{part} terminó (código {code}); se reinicia en {pause:g} s. Registro: {log}",
        "{part} ended (code {code}); restarting in {pause:g} s. Log: {log}",
    ),
    "restarted": ("{part} está de vuelta", "{part} is back"),
    "not_restarted": ("{part} no pudo reiniciarse: {why}", "{part} could not be restarted: {why}"),
    "stopping": ("Deteniendo …", "Stopping …"),
    "stopped": ("Todo detenido. Los datos están en {data}", "All stopped. The data are in {data}"),
    "up": ("Listo. Ctrl-C detiene todo.", "Ready. Ctrl-C stops everything."),
    "already_up": ("Ya está en marcha (pid {pid}):", "It is already running (pid {pid}):"),
    "not_up": (
        "No está en marcha. Iníciela con: postventa up",
        "It is not running. Start it with: postventa up",
    ),
    "being_started": (
        "Otro proceso la está iniciando o deteniendo en {data}; espere un momento.",
        "Another process is starting or stopping it in {data}; wait a moment.",
    ),
    "sample": ("Cargando la empresa de ejemplo …", "Loading the sample company …"),
    "imported": ("Cargado: {counts}", "Loaded: {counts}"),
    "child_failed": (
        "{part} terminó al arrancar (código {code}): {words}. Registro: {log}",
        "{part} ended at its start (code {code}): {words}. Log: {log}",
    ),
    "not_ready": (
        "No quedó lista a tiempo: {words}. Registros: {log}",
        "It was not ready in time: {words}. Logs: {log}",
    ),
    "url_api": ("API y su documentación", "API and its documentation"),
    "url_ui": ("Temporal UI", "Temporal UI"),
    "url_mailbox": ("Correo que sale (Maildir)", "Outgoing mail (Maildir)"),
    "url_data": ("Datos y registros", "Data and logs"),
    "doctor_ok": ("bien", "ok"),
    "doctor_warning": ("aviso", "warning"),
    "doctor_bad": ("mal", "bad"),
    "python": ("Python {found}", "Python {found}"),
    "python_fix": ("Instale Python 3.11 o más nuevo", "Install Python 3.11 or newer"),
    "packages": ("{count} paquetes según requirements.lock", "{count} packages as in requirements.lock"),
    "packages_differ": ("no son los de requirements.lock: {names}", "not as in requirements.lock: {names}"),
    "packages_fix": ("make clean && make run", "make clean && make run"),
    "space": ("{free} MB libres en {folder}", "{free} MB free in {folder}"),
    "space_fix": (
        "Libere espacio, o lleve los datos a otro disco con POSTVENTA_DATA",
        "Free some space, or put the data on another disk with POSTVENTA_DATA",
    ),
    "data": ("datos en {folder}", "data in {folder}"),
    "data_fix": ("chown/chmod esa carpeta para este usuario", "chown/chmod that folder for this user"),
    "port": ("puerto {port} ({role}) libre", "port {port} ({role}) free"),
    "port_taken": ("puerto {port} ({role}) ocupado{holder}", "port {port} ({role}) taken{holder}"),
    "port_fix": (
        "nada que hacer: se usará el siguiente libre",
        "nothing to do: the next free one will be used",
    ),
    "stack": ("en marcha (pid {pid})", "running (pid {pid})"),
    "up_fix": ("postventa up", "postventa up"),
    "part_dead": ("{part} no está vivo", "{part} is not alive"),
    "part_fix": (
        "vea {log}; si no vuelve: postventa down && postventa up",
        "see {log}; if it does not come back: postventa down && postventa up",
    ),
    "engine": ("motor {address}, espacio de nombres {namespace}", "engine {address}, namespace {namespace}"),
    "engine_away": ("el motor no contesta: {why}", "the engine does not answer: {why}"),
    "version": ("versión {found} de los trabajadores vigente", "workers' version {found} is current"),
    "version_other": (
        "la versión vigente es {found}, y este código es {expected}",
        "the current version is {found}, this code is {expected}",
    ),
    "version_fix": ("reinicie: postventa down && postventa up", "restart: postventa down && postventa up"),
    "database": ("base de datos contesta", "the database answers"),
    "database_away": ("la base de datos no contesta: {why}", "the database does not answer: {why}"),
    "migrations": ("migraciones: {found}", "migrations: {found}"),
    "migrations_fix": (
        "postventa up las aplica; si dice «ahead», use la versión más nueva",
        "postventa up applies them; if it says “ahead”, use the newer release",
    ),
    "reservations": ("{count} folios reservados sin caso", "{count} folios reserved without a case"),
    "reservations_fix": (
        "se completan al repetir la solicitud; si pasan de una hora, vea docs/runbook.md",
        "completed when the request is repeated; past one hour, see docs/runbook.md",
    ),
    "outbox": (
        "{failed} mensajes rechazados, {doubt} en duda, {waiting} por salir",
        "{failed} messages refused, {doubt} in doubt, {waiting} waiting",
    ),
    "outbox_fix": (
        "revise dirección o servidor de correo; los dudosos los decide una persona: docs/runbook.md",
        "check the address or the mail server; a person decides those in doubt: docs/runbook.md",
    ),
}


def say(code: str, /, **places: object) -> str:
    """One sentence of the command line."""
    spanish, english = _TEXTS[code]
    return (spanish if language() == "es" else english).format(**places)
