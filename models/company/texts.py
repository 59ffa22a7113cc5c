"""What an import says in Spanish, by code, in one place; the values in braces come with each fault."""

from models.shared.errors import Fault

SENTENCES = {
    "duplicate": "«{value}» está repetido; ya aparece en {first}",
    "unknown_reference": "no existe «{value}» en {table}, ni en el archivo ni en los datos ya cargados",
    "rfc": "«{value}» no tiene la forma de un RFC (3 o 4 letras, fecha AAMMDD y homoclave)",
    "email": "«{value}» no es una dirección de correo",
    "phone": "«{value}» no es un teléfono: se esperan de 7 a 15 dígitos",
    "timezone": "«{value}» no es una zona horaria; se espera un nombre como America/Mexico_City",
    "calendar": "no existe el calendario «{value}» en la política",
    "calendar_in_use": "la política ya no trae el calendario «{value}», y hay sitios que lo usan",
    "cut_off_day": "el día de corte va de 1 a 31, no {value}",
    "contract_dates": "el contrato termina ({end}) antes de empezar ({start})",
    "tiers_order": "los escalones deben ir en orden ascendente de «up_to»",
    "tiers_open": "el último escalón va sin «up_to» y sólo el último",
    "counter": "el modelo «{model}» no tiene el contador «{value}»",
    "opening_missing": "falta la lectura inicial del contador «{value}» del modelo «{model}»",
    "contract_client": "el contrato «{value}» es de «{owner}» y el sitio es de «{client}»",
    "client_role": "sólo un usuario de rol client lleva cliente",
    "client_missing": "un usuario de rol client necesita su cliente",
    "role": "nadie puede entrar como «{value}»",
    "password": "un archivo con contraseñas sólo se carga en desarrollo",
    "installed_and_stock": "la serie «{value}» está instalada y no puede estar a la vez en almacén",
    "not_a_mapping": "se esperaba una tabla de campos con su valor",
    "not_a_list": "se esperaba una lista",
}


def fault(code: str, path: str, **values: object) -> Fault:
    """The fault `code` at `path`, in Spanish."""
    return Fault(code=code, message=SENTENCES[code].format(**values), path=path)
