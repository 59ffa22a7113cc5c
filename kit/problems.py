"""What keeps the stack from running, said so that a person knows the way on. One table, Spanish and English."""

import os

from models.shared.message import Frozen


class Text(Frozen):
    """What is wrong and what to do about it, in one language, with `{places}` to fill in."""

    what: str
    fix: str


TEXTS: dict[str, dict[str, Text]] = {
    "port_busy": {
        "es": Text(
            what="El puerto {port} ({role}) está ocupado{holder}.",
            fix="Libérelo, o elija otro con {setting}.",
        ),
        "en": Text(
            what="Port {port} ({role}) is taken{holder}.", fix="Free it, or choose another with {setting}."
        ),
    },
    "disk_full": {
        "es": Text(
            what="Quedan {free} MB libres en {folder}; hacen falta al menos {needed} MB.",
            fix="Libere espacio, o lleve los datos a otro disco con POSTVENTA_DATA.",
        ),
        "en": Text(
            what="{free} MB are free in {folder}; at least {needed} MB are needed.",
            fix="Free some space, or put the data on another disk with POSTVENTA_DATA.",
        ),
    },
    "disk_full_now": {
        "es": Text(
            what="El disco se llenó mientras trabajaba {program} (registro: {log}).",
            fix="Libere espacio y vuelva a empezar: nada se ha perdido.",
        ),
        "en": Text(
            what="The disk filled up while {program} was working (log: {log}).",
            fix="Free some space and start again: nothing is lost.",
        ),
    },
    "postgres_version": {
        "es": Text(
            what="Los datos de {folder} son de PostgreSQL {found}; este programa trae PostgreSQL {bundled}.",
            fix="Para conservarlos: con la versión anterior del programa haga pg_dump, mueva esa carpeta y "
            "restaure. Para empezar de cero: mueva la carpeta a otro lugar.",
        ),
        "en": Text(
            what="The data in {folder} are from PostgreSQL {found}; this program carries PostgreSQL {bundled}.",
            fix="To keep them: pg_dump with the former release of this program, move the folder away and "
            "restore. To start afresh: move the folder away.",
        ),
    },
    "postgres_damaged": {
        "es": Text(
            what="En {folder} hay datos de PostgreSQL incompletos, y no se tocan.",
            fix="Restáurelos de una copia, o mueva la carpeta a otro lugar para empezar de cero.",
        ),
        "en": Text(
            what="{folder} holds incomplete PostgreSQL data, which are left untouched.",
            fix="Restore them from a copy, or move the folder away to start afresh.",
        ),
    },
    "postgres_failed": {
        "es": Text(
            what="PostgreSQL no arrancó: {detail}",
            fix="El registro completo está en {log}. También puede usar un PostgreSQL propio con DATABASE_URL.",
        ),
        "en": Text(
            what="PostgreSQL did not start: {detail}",
            fix="The whole log is in {log}. You can also use a PostgreSQL of your own with DATABASE_URL.",
        ),
    },
    "unreachable_for_postgres": {
        "es": Text(
            what="PostgreSQL no puede ejecutarse como root, y el usuario {user} no puede entrar en {folder}.",
            fix="Ejecute esto como un usuario normal, o mueva el proyecto fuera de {folder}, "
            "o dé paso con: chmod o+x {folder}; o use un PostgreSQL propio con DATABASE_URL.",
        ),
        "en": Text(
            what="PostgreSQL refuses to run as root, and the user {user} cannot enter {folder}.",
            fix="Run this as a normal user, or move the project out of {folder}, or let it pass with: "
            "chmod o+x {folder}; or use a PostgreSQL of your own with DATABASE_URL.",
        ),
    },
    "no_unprivileged_user": {
        "es": Text(
            what="PostgreSQL no puede ejecutarse como root, y no hay otro usuario ({users}).",
            fix="Ejecute esto como un usuario normal, o use un PostgreSQL propio con DATABASE_URL.",
        ),
        "en": Text(
            what="PostgreSQL refuses to run as root, and there is no other user ({users}).",
            fix="Run this as a normal user, or use a PostgreSQL of your own with DATABASE_URL.",
        ),
    },
    "engine_failed": {
        "es": Text(
            what="El motor (Temporal) no arrancó: {detail}",
            fix="El registro completo está en {log}. También puede usar uno propio con TEMPORAL_ADDRESS.",
        ),
        "en": Text(
            what="The engine (Temporal) did not start: {detail}",
            fix="The whole log is in {log}. You can also use one of your own with TEMPORAL_ADDRESS.",
        ),
    },
    "program_missing": {
        "es": Text(
            what="Falta el programa {program}.", fix="Vuelva a preparar el entorno: make clean && make run"
        ),
        "en": Text(
            what="The program {program} is missing.",
            fix="Set the environment up again: make clean && make run",
        ),
    },
    "no_keys": {
        "es": Text(
            what="Falta el llavero con el que se cifran los datos personales.",
            fix="Dé POSTVENTA_CODEC_KEYS o POSTVENTA_CODEC_KEYS_FILE (docs/adr/0002-payload-encryption.md).",
        ),
        "en": Text(
            what="The key ring that encrypts personal data is missing.",
            fix="Give POSTVENTA_CODEC_KEYS or POSTVENTA_CODEC_KEYS_FILE (docs/adr/0002-payload-encryption.md).",
        ),
    },
    "bad_keys": {
        "es": Text(
            what="El llavero no se entiende: {detail}",
            fix="Un renglón por llave, «id:llave» (32 bytes en base64); la primera es la vigente.",
        ),
        "en": Text(
            what="The key ring cannot be read: {detail}",
            fix='One key a line, "id:key" (32 bytes in base64); the first one is current.',
        ),
    },
    "no_jwt_secret": {
        "es": Text(
            what="Falta el secreto con el que se firman las sesiones y los enlaces.",
            fix="Dé POSTVENTA_JWT_SECRET: al menos 32 caracteres al azar.",
        ),
        "en": Text(
            what="The secret that signs sessions and links is missing.",
            fix="Give POSTVENTA_JWT_SECRET: at least 32 random characters.",
        ),
    },
    "database_ahead": {
        "es": Text(
            what="La base de datos ({found}) es de una versión más nueva que este programa ({expected}).",
            fix="Use la versión nueva del programa, o una copia de la base anterior a la actualización.",
        ),
        "en": Text(
            what="The database ({found}) belongs to a newer release than this program ({expected}).",
            fix="Use the newer release, or a copy of the database from before the upgrade.",
        ),
    },
}


def language() -> str:
    """The operator's language: `POSTVENTA_LANGUAGE`, else the locale; English unless it says Spanish."""
    names = ("POSTVENTA_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "en")
    return "es" if chosen.lower().startswith("es") else "en"


class Problem(Exception):
    """Something only a person can put right. `code` is stable; the text says what is wrong and what to do."""

    def __init__(self, code: str, /, **places: object) -> None:
        self.code = code
        self.places = places
        super().__init__(f"{self.what()} {self.fix()}")

    def what(self) -> str:
        return TEXTS[self.code][language()].what.format(**self.places)

    def fix(self) -> str:
        return TEXTS[self.code][language()].fix.format(**self.places)
