"""One day of the sample company (`sample/company.yaml`): nearly fifty tickets by every channel, and how each one goes.

A story is what has to happen in order; stories go side by side. No device appears in two stories, so that the order
in which they happen to run changes nothing.
"""

import base64
from dataclasses import replace

from postventa.demo_door import Later
from postventa.demo_lives import (
    DAY,
    HOUR,
    Fault,
    Life,
    assigned,
    confirmed,
    escalated,
    found,
    life,
    message,
    note,
    part,
    promised,
    reached,
    refused_close,
    remote,
    resolved,
    sheet,
    shown,
    solved_on_the_phone,
    taken,
    visited,
)
from postventa.demo_lives import Act as Do

Story = tuple[Life, ...]
STOPPED, SUPPORT, MISUSE = "equipment_stopped", "operative_support", "user_error"
_CALL = ({"kind": "text", "name": "llamada.txt", "content_base64": base64.b64encode(b"El cliente confirma en la llamada que ya imprime.").decode()},)  # fmt: skip


def portal(
    client: str, person: str, device: str, symptom: str, type: str, priority: str, **ways: str
) -> Fault:
    return Fault("portal", device, person, symptom, type, priority, who=client, **ways)


def alert(device: str, symptom: str, type: str = "technical_failure", priority: str = "medium") -> Fault:
    return Fault("monitoring", device, "Monitoreo automático", symptom, type, priority, who="monitoring")


SOFIA = {"email": "sofia@alameda.example"}
HERRERA = {"email": "mherrera@hsanrafael.example", "whatsapp": "+52 55 5010 1004"}
KAREN = {"email": "kwalker@maqpacifico.example"}


def _portal() -> list[Life]:
    jam = portal(
        "client1",
        "Sofía Alcántara",
        "LX45024444",
        "Se atasca el papel a cada rato",
        "technical_failure",
        "medium",
        **SOFIA,
    )
    streaks = replace(jam, device="CX56024518", symptom="Las copias salen con rayas")
    dead = portal(
        "client2",
        "Dr. Manuel Herrera",
        "LX72024037",
        "La impresora de urgencias no enciende",
        STOPPED,
        "high",
        **HERRERA,
    )
    smear = replace(
        dead,
        device="LX72024074",
        symptom="Mancha todas las hojas de laboratorio",
        type="technical_failure",
        priority="medium",
    )
    english = portal(
        "client3",
        "Karen Walker",
        "LX72025332",
        "Paper jam on every second page",
        "technical_failure",
        "medium",
        **KAREN,
    )
    return [
        life("portal-remote", jam, remote("engineer1", "Rodillo de toma sucio", "Se limpió el rodillo de toma", 1), confirmed("client1"),
             [Do("client1", "survey", {"score": 5, "comment": "Rápido y amable."})]),
        life("portal-visit", dead, visited("engineer1", "Fuente de poder floja", "Se reconectó y aseguró la fuente", 2), confirmed("client2"),
             [Do("client2", "survey", {"score": 4})]),
        life("portal-rejected", streaks, remote("engineer1", "Banda de transferencia sucia", "Limpieza automática de la banda", 3),
             [Do("client1", "reject", {"reason": "Sigue rayando en las hojas a color."})],
             taken("supervisor", "Visita con banda de repuesto"),
             reached("engineer1", "Se disculpa y acuerda ir hoy."),
             found("engineer1", "Banda de transferencia rayada", "Se cambió la banda", mode="on_site"),
             sheet("engineer1", "Hoja de servicio: banda de transferencia"), resolved("engineer1", "desgaste", "Se cambió la banda"), confirmed("client1")),
        life("portal-dissatisfied", smear, remote("engineer1", "Cilindro sucio", "Ciclo de limpieza", 4),
             [Do("client2", "reject", {"reason": "Igual que antes; necesitamos esa impresora."})]),
        life("portal-english", english, visited("engineer3", "Bandeja mal calibrada", "Se calibró la bandeja 2", 5), confirmed("client3", "Works fine now.")),
        life("portal-escalated-by-client", replace(english, device="CX38025406", symptom="Colors are faded, second time this month"),
             escalated("client3", "Nobody has called us back"), taken("supervisor", "Call the client and send engineer today")),
        life("portal-registered", replace(jam, device="LX31024592", symptom="¿Cómo configuro el escaneo a correo?", type=SUPPORT, priority="low")),
        life("portal-cancelled", replace(jam, device="LX31024629", symptom="No imprime"), [Do("call_center", "cancel", {"reason": "El cliente la había desconectado; pidió cancelar."})]),
    ]  # fmt: skip


def _phone() -> list[Life]:
    ana = Fault(
        "phone",
        "LX45025850",
        "Ana Luisa Bravo",
        "No imprime desde el sistema de caja",
        STOPPED,
        "high",
        phone="+52 222 210 1610",
    )
    question = replace(
        ana,
        device="LX45025887",
        symptom="Duda: cómo imprimir por los dos lados",
        type=SUPPORT,
        priority="low",
    )
    notary = Fault(
        "phone",
        "LX45025517",
        "Lic. Rosa Prado",
        "Ruido fuerte al imprimir escrituras",
        phone="+52 33 3610 1410",
    )
    school = Fault(
        "phone",
        "LX45025591",
        "Jorge Nava",
        "Se atora la hoja a la salida",
        phone="+52 33 3610 1510",
        email="jnava@ctepeyac.example",
    )
    return [
        life("phone-first-contact-1", question, solved_on_the_phone("Opción de dúplex desactivada", "Se activó el dúplex en el controlador"), confirmed(), evidence=_CALL),
        life("phone-first-contact-2", replace(question, device="LX45025924", symptom="No imprime: estaba apagado el conmutador", type=MISUSE, priority="low"),
             solved_on_the_phone("Conmutador apagado", "Se encendió el conmutador y se probó"), confirmed(), evidence=_CALL),
        life("phone-first-contact-waiting", replace(question, device="LX31025961", symptom="No sabe cambiar el tóner", type=MISUSE, priority="low"),
             solved_on_the_phone("Falta de práctica", "Se guió el cambio paso a paso"), evidence=_CALL),
        life("phone-high-visit", ana, visited("engineer1", "Cable de red dañado", "Se cambió el cable y se probó desde caja", 6), confirmed()),
        life("phone-refused-close", notary, refused_close("supervisor"), assigned("engineer4"), reached("engineer4"),
             found("engineer4", "Engrane desgastado", "Se lubricó y ajustó"), refused_close("engineer4"), shown("engineer4", 7),
             resolved("engineer4", "desgaste", "Se ajustó el engrane"), refused_close("call_center"), confirmed()),
        life("phone-close-missing", replace(notary, device="LX31025554", symptom="A veces no despierta"), assigned("engineer4"), reached("engineer4"), refused_close("supervisor")),
        life("phone-paused", school, assigned("engineer4"), reached("engineer4"), [Do("engineer4", "pause", {"reason": "waiting_client", "until": Later(2 * DAY)})]),
        life("phone-paused-and-resumed", replace(school, device="LX45025628", symptom="Imprime muy claro"), assigned("engineer4"), reached("engineer4"),
             [Do("engineer4", "pause", {"reason": "waiting_client"}), Do("engineer4", "resume")],
             found("engineer4", "Modo ahorro activado", "Se quitó el modo ahorro"), shown("engineer4", 8), resolved("engineer4", "configuración", "Modo normal"), confirmed()),
        life("phone-unidentified", replace(school, device="SIN-SERIE-1", symptom="La impresora de la biblioteca está parada")),
        life("phone-not-covered", Fault("phone", "LX45026146", "Lic. Ibarra", "No funciona desde ayer", STOPPED, "high", phone="+52 81 8010 1710"),
             note("call_center", "El contrato terminó: el supervisor decide si se atiende.")),
        life("phone-survey-low", replace(ana, device="LX31025998", symptom="Imprime hojas en blanco", priority="medium"),
             remote("engineer1", "Cartucho mal puesto", "Se reinstaló el cartucho", 9), confirmed(), [Do("call_center", "survey", {"score": 1, "comment": "Tardaron mucho."})]),
        life("phone-reopened", replace(school, device="CX22025665", symptom="Borroso a color"),
             remote("engineer4", "Registro de color movido", "Se calibró el color", 10), confirmed(),
             [Do("call_center", "reopen", {"reason": "Volvió a verse borroso"})], reached("engineer4", "Se revisa otra vez.")),
    ]  # fmt: skip


def _written() -> list[Life]:
    help_desk = Fault(
        "email",
        "ZT20024925",
        "Help desk",
        "Labels come out blank",
        STOPPED,
        "high",
        email="helpdesk@nortelogistics.example",
    )
    nurse = Fault(
        "whatsapp", "LX45024296", "Enf. Carmen Ruiz", "Mancha las recetas", whatsapp="+52 55 5010 1020"
    )
    return [
        life("email-part", help_desk, assigned("engineer3"), reached("engineer3", mode="email"),
             found("engineer3", "Cabezal térmico quemado", "Se pidió el cabezal", solved=False, parts=["cabezal-zt"]),
             part("warehouse", "promised", due=Later(2 * DAY), cost="3150.00"), part("warehouse", "received"), part("engineer3", "installed"),
             found("engineer3", "Cabezal térmico quemado", "Se cambió el cabezal", mode="on_site"), sheet("engineer3", "Hoja de servicio: cabezal"),
             resolved("engineer3", "desgaste", "Cabezal nuevo"), confirmed(comment="Labels are fine.")),
        life("email-expensive-part", replace(help_desk, device="LX72024814", symptom="Fuser error, printer dead"), assigned("engineer3"), reached("engineer3", mode="email"),
             found("engineer3", "Fusor quemado", "Se pidió el fusor", solved=False, parts=["fusor-lx720"]), part("warehouse", "promised", due=Later(4 * DAY)),
             taken("manager", "Pedir el fusor por paquetería urgente", days=2)),
        life("email-part-asked", replace(help_desk, device="ZT20024962", symptom="Prints lighter every day", type="technical_failure", priority="medium"),
             assigned("engineer4"), reached("engineer4", mode="email"), found("engineer4", "Rodillo gastado", "Sigue en uso mientras llega", parts=["tarjeta-red"])),
        life("email-remote", replace(help_desk, device="LX45025073", symptom="Jams sometimes", type="technical_failure", priority="low"),
             remote("engineer3", "Papel húmedo", "Se cambió el papel y se limpió la ruta", 11), confirmed(comment="OK")),
        life("email-assigned", replace(help_desk, device="LX72024851", symptom="Noise when printing", type="technical_failure", priority="medium"), assigned("engineer3")),
        life("email-not-solved", replace(help_desk, device="LX72024888", symptom="Not print over the network", type="technical_failure", priority="medium"),
             assigned("engineer3"), reached("engineer3"), found("engineer3", "Tarjeta de red inestable", "Se reinició la tarjeta", solved=False),
             assigned("engineer4"), note("engineer4", "Se lleva una tarjeta de red de repuesto.")),
        life("whatsapp-remote", nurse, remote("engineer1", "Tóner derramado", "Se aspiró y limpió la unidad", 12), confirmed()),
        life("whatsapp-visit-agreed", replace(nurse, device="LX45024333", symptom="Hace ruido al arrancar"), assigned("engineer1"), reached("engineer1", mode="whatsapp"),
             [Do("engineer1", "visits", {"from": Later(DAY), "to": Later(DAY + 2 * HOUR)}), Do("engineer1", "pause", {"reason": "agreed_visit", "until": Later(DAY)})],
             message("engineer1", "Buenos días: confirmamos su visita de mañana.")),
        life("whatsapp-visit-failed", replace(nurse, device="LX45024370", symptom="Se atasca en la bandeja 1"), assigned("engineer1"), reached("engineer1"),
             [Do("engineer1", "visits", {"from": Later(HOUR), "to": Later(3 * HOUR)}), Do("engineer1", "visits/1/arrive"),
              Do("engineer1", "visits/1/fail", {"cause": "El área estaba cerrada por limpieza"}), Do("call_center", "visits", {"from": Later(DAY), "to": Later(DAY + 2 * HOUR)})]),
        life("whatsapp-talk", replace(nurse, device="CX22024407", symptom="Los colores salen claros"), assigned("engineer1"), message("call_center", "Su técnico la llamará hoy."),
             promised("call_center", "Llamar para saber si mejoró el color"), note("supervisor", "Cliente sensible: cuidar el tono.")),
        life("whatsapp-unidentified", replace(nurse, device="", symptom="hola, mi impresora saca hojas con rayas")),
        life("whatsapp-override", replace(nurse, device="LX45024148", symptom="Raya negra al margen"), remote("engineer1", "Cristal sucio", "Se limpió el cristal", 13),
             [Do("supervisor", "override", {"gate": "client_confirmation", "reason": "La enfermera salió de vacaciones; jefatura confirma"}), Do("supervisor", "close")]),
        life("whatsapp-resolved", replace(nurse, device="LX45024185", symptom="Imprime lento"), remote("engineer1", "Modo económico", "Se cambió el modo", 14)),
    ]  # fmt: skip


def _others() -> list[Life]:
    mariana = Fault(
        "account_executive",
        "LX95024703",
        "Mariana Robles",
        "Producción detenida: error fatal en la LX-950",
        STOPPED,
        "high",
        who="account_executive",
        email="account_executive@postventa.example",
    )
    return [
        life("executive-critical", mariana, assigned("engineer2"), reached("engineer2"), escalated("account_executive", "La planta imprime facturas hoy"),
             found("engineer2", "Tarjeta principal dañada", "Se pidió la tarjeta", mode="on_site", solved=False, parts=["tarjeta-lx950"])),
        life("executive-remote", replace(mariana, device="LX45024740", symptom="Se pide revisión: hojas claras", type="technical_failure", priority="medium"),
             remote("engineer1", "Densidad baja", "Se subió la densidad", 15), confirmed()),
        life("executive-escalated", replace(mariana, device="LX31024777", symptom="Mancha a veces", type="technical_failure", priority="medium"),
             assigned("engineer1"), escalated("engineer1", "Hace falta acceso de la planta"), taken("supervisor", "Gestionar el acceso con la planta")),
        life("executive-site", replace(mariana, device="", symptom="El cliente se queja de varias impresoras", type="technical_failure", priority="medium")),
        life("monitoring-by-device", alert("LX72024111", "Fusor fuera de temperatura"), remote("engineer1", "Sensor sucio", "Se limpió el sensor", 16), [Do("monitoring", "close")]),
        life("monitoring-by-device-2", alert("LX72025221", "Sin comunicación"), remote("engineer1", "Puerto de red apagado", "Se encendió el puerto", 17), [Do("monitoring", "close")]),
        life("monitoring-waits-for-device", alert("LX72025369", "Errores de registro de color"), remote("engineer3", "Sensor descalibrado", "Se calibró", 18)),
        life("monitoring-stopped", alert("ZT20025147", "Equipo detenido", STOPPED, "high"), assigned("engineer3")),
        life("monitoring-registered", alert("CX38024222", "Contador de atascos alto")),
        life("wrong-device", Fault("phone", "LX45025110", "Almacén Santa Catarina", "Atasco en la bandeja 2", phone="+52 81 8010 1220"),
             [Do("call_center", "correct", {"device": "ZT20025184", "reason": "Leyó la serie del equipo de al lado"}),
              Do("call_center", "classify", {"type": STOPPED, "priority": "high", "reason": "Ya no imprime nada", "because": "facts_changed"})],
             assigned("engineer3")),
        life("misclassified", Fault("email", "CX38025443", "Karen Walker", "Printer stopped", STOPPED, "high", email="kwalker@maqpacifico.example"),
             [Do("call_center", "classify", {"type": SUPPORT, "priority": "low", "reason": "It was a question about settings", "because": "was_wrong"})],
             promised("call_center", "Send the guide in English")),
    ]  # fmt: skip


def _recurrence() -> Story:
    """Three failures of one device within the month: the third marks it recurrent and escalates."""
    again = Fault(
        "phone", "LX31026035", "Sucursal Guadalajara", "Se atasca el papel", phone="+52 33 3610 1620"
    )
    return (
        life("recurrence-1", again, remote("engineer4", "Rodillo sucio", "Se limpió el rodillo", 19), confirmed()),
        life("recurrence-2", replace(again, symptom="Se atasca otra vez"), remote("engineer4", "Rodillo gastado", "Se volteó el rodillo", 20), confirmed()),
        life("recurrence-3", replace(again, symptom="Tercera vez que se atasca"), assigned("engineer4"), note("supervisor", "Proponer cambio de equipo.")),
    )  # fmt: skip


def stories() -> tuple[Story, ...]:
    alone = (*_portal(), *_phone(), *_written(), *_others())
    return (_recurrence(), *((one,) for one in alone))
