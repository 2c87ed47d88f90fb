"""Captures that the two-minute story does not pass: other things, many guns, an explosive, nobody touching it."""

from tests.browser.officer import Officer, picture

SEVERAL = (
    ("Más: Revólveres", "More: Revolvers"),
    ("Más: Hechizas", "More: Home-made"),
    ("Más: Piezas", "More: Parts"),
    ("Más: Balas", "More: Bullets"),
    ("Más: Cargadores", "More: Magazines"),
)


def _skip(me: Officer, es: str, en: str, name: str) -> None:
    """A view that can't be taken, with its reason."""
    me.at(es, en, name)
    me.tap("No se puede tomar", "Can't be taken")
    me.tap("No hay luz", "No light")


def start(me: Officer, es: str, en: str) -> None:
    me.tap("CAPTURAR", "CAPTURE")
    me.at("¿Cómo actúas?", "How do you act", "capacity")
    me.tap(es, en)


def erase(me: Officer) -> None:
    """Back to the start screen, and the draft that was never signed is put aside."""
    for _ in range(80):
        if me.button("SEGUIR CAPTURA", "GO ON").count():
            break
        me.tap("Atrás", "Back")
        me.page.wait_for_timeout(60)
    me.tap("Más Unirme", "More Join")
    me.at("Más", "More", "more-draft")
    me.tap("Borrar el borrador", "Erase the draft")
    me.at("Borrar el borrador", "Erase the draft", "erase")
    me.tap("Borrar el borrador", "Erase the draft")
    me.button("CAPTURAR", "CAPTURE").wait_for()


def several_kinds(me: Officer) -> None:
    """A first responder who must move things: a revolver with half a serial, a gun that nobody touches."""
    start(me, "Primer respondiente", "First responder")
    me.at("¿Qué haces con los indicios?", "What do you do with the items?", "response")
    me.tap("Priorización", "Prioritise")
    me.at("¿Por qué se perderían?", "Why would they be lost?", "response-why")
    me.tap("Lluvia", "Rain")
    me.photo(picture("overview"))
    me.at("¿Qué hay?", "What is there?", "count")
    me.tap("Más tipos", "More kinds")
    for es, en in SEVERAL:
        me.tap(es, en)
    me.at("¿Qué hay?", "What is there?", "count-all")
    me.tap("Siguiente", "Next")
    me.tap("La foto general ya", "The overview already")
    _skip(me, "1 · Como se encontró", "1 · As found", "as-found")
    me.at("Indicio 1: ¿cómo estaba?", "Item 1: as found?", "found-revolver")
    me.tap("Siguiente", "Next")
    me.tap("Otra persona", "Somebody else")
    me.at("¿Quién la aseguró?", "Who made it safe?", "safe-who")
    me.page.get_by_role("textbox").fill("O-103")
    me.tap("Siguiente", "Next")
    me.tap("No verificada", "Not verified")
    _skip(me, "1 · Lado izquierdo", "1 · Left side", "revolver-left")
    _skip(me, "1 · Lado derecho", "1 · Right side", "revolver-right")
    me.at("1 · Número de serie", "1 · Serial number", "revolver-serial")
    me.photo(picture("serial"))
    _skip(me, "1 · Marca", "1 · Maker", "revolver-marks")
    _partial_serial(me)
    _the_rest(me)


def _partial_serial(me: Officer) -> None:
    me.at("1 · Serie", "1 · Serial", "serial-of-revolver")
    me.type("QZX")
    me.tap("No se distingue", "Can't be read")
    me.tap("Siguiente", "Next")
    _skip(me, "1 · Serie, con otra luz", "1 · Serial, other light", "oblique")
    me.at("Confirma estos caracteres", "Confirm these characters", "lookalikes")
    me.tap("Así es", "That is right")
    me.tap("Pásalo a tu compañero", "Hand it to your partner")
    me.at("¿Quién lee?", "Who is reading?", "partner")
    me.page.get_by_role("textbox").fill("O-104")
    me.tap("Siguiente", "Next")
    me.at("Lee sólo la foto", "Read the photo only", "blind")
    assert not me.page.get_by_text("QZX?").count(), "the first reading is hidden"
    me.type("QZX")
    me.tap("123", exact=True)
    me.type("0")
    me.tap("Siguiente", "Next")
    me.at("¿Cuál ves?", "Which one do you see?", "differ")
    me.tap("Lectura 1: ?", "Reading 1: ?")
    me.at("Indicio 1: ¿qué marca?", "Item 1: which maker?", "make")
    me.tap("Otra marca", "Another maker")
    me.page.get_by_role("searchbox").fill("Norin")
    me.at("Indicio 1: ¿qué marca?", "Item 1: which maker?", "make-search")
    me.tap("Norinco")
    me.at("1 · ¿Qué calibre?", "1 · Which caliber?", "caliber")
    me.tap("Otro", "Other", exact=True)
    me.at("1 · ¿Qué calibre?", "1 · Which caliber?", "caliber-all")
    me.tap(".357")


def _the_rest(me: Officer) -> None:
    me.at("Indicio 2: ¿cómo estaba?", "Item 2: as found?", "found-printed")
    me.tap("Siguiente", "Next")
    me.at("¿Quién la asegura?", "Who makes it safe?", "safe")
    me.tap("¿Cómo asegurar?", "How to make it safe")
    me.at("¿Cómo asegurar?", "How to make it safe", "safe-how")
    me.tap("Atrás", "Back", nth=1)
    me.tap("No se toca", "Nobody touches it")
    me.at("¿Qué pieza es?", "Which part is it?", "part-type")
    me.tap("Cañón", "Barrel")
    for name in ("part-left", "part-right", "part-marks", "part-detail"):
        _skip(me, "3 · ", "3 · ", name)
    me.at("4 · ¿dónde estaba?", "4 · where was it?", "found-in")
    me.tap("Dentro del indicio 1", "Inside item 1")
    _skip(me, "5 · De lado", "5 · From the side", "bullet")
    me.at("5 · ¿Qué calibre?", "5 · Which caliber?", "bullet-caliber")
    me.tap("No sé", "Not sure")
    me.at("Bolsas y sellos", "Bags and seals", "packages")
    me.tap("Bolsa", "Bag", nth=0)
    me.at("Bolsa", "Bag", "package")
    me.tap("Listo", "Done")
    me.tap("Siguiente", "Next")
    for es, en in (("Caja A", "Box A"), ("Bolsa B", "Bag B"), ("Bolsa C", "Bag C"), ("Bolsa D", "Bag D")):
        me.at(f"Sello de {es}", f"Seal of {en}", "seal")
        me.tap("Aún no sello", "Not sealed yet")


def the_place(me: Officer) -> None:
    """Everything that the screen of the place leads to, then the meter."""
    me.at("¿Dónde fue?", "Where was it?", "place")
    me.tap("Entidad", "State")
    me.at("¿En qué entidad?", "Which state?", "entities")
    me.tap("Coahuila")
    me.at("¿En qué municipio?", "Which municipality?", "municipalities")
    me.tap("Saltillo")
    me.tap("Folios", "Reference numbers")
    me.at("Folios", "Reference numbers", "folios")
    me.tap("Listo", "Done")
    me.tap("¿Cómo inició?", "How did it begin?")
    me.at("¿Cómo inició?", "How did it begin?", "began")
    me.tap("Aportación", "Handed in")
    me.tap("Otros servidores", "Other public")
    me.at("Otros servidores", "Other public", "people")
    me.page.get_by_role("textbox").first.fill("O-105")
    me.tap("Embalaje", "Packing")
    me.tap("Agregar", "Add")
    me.at("Otros servidores", "Other public", "people-added")
    me.tap("Listo", "Done")
    me.tap("Siguiente", "Next")
    me.at("Antes de firmar", "Before signing", "meter")


def many_guns(me: Officer) -> None:
    """Table mode: thirty rifles, cartridges not yet counted, one answer about safety for all."""
    start(me, "Con capacidad", "Trained to process")
    me.photo(picture("overview"))
    me.at("¿Qué hay?", "What is there?", "count")
    me.tap("Muchas: modo mesa", "Many: table mode")
    for _ in range(30):
        me.tap("Más: Armas largas", "More: Long guns")
    me.tap("Más: Cartuchos", "More: Cartridges")
    me.page.get_by_label(me.say("Cartuchos: Cantidad", "Cartridges: Rough")).fill("500")
    me.at("Modo mesa", "Table mode", "table")
    me.tap("Siguiente", "Next")
    me.at("¿Quién la asegura?", "Who makes it safe?", "table-safe")
    me.tap("Yo ya la aseguré", "I have done it")
    me.at("1 · Lado izquierdo", "1 · Left side", "table-left")
    me.sees("Arma 1 de 30", "Gun 1 of 30")
    me.photo(picture("left"))
    me.at("1 · Número de serie", "1 · Serial number", "table-serial-photo")
    me.photo(picture("serial"))
    me.at("1 · Serie", "1 · Serial", "table-serial")
    me.tap("¿Cómo se ve?", "How does it look?")
    me.at("¿Cómo se ve?", "How does it look?", "status")
    me.tap("Borrado", "Filed")
    me.at("2 · Lado izquierdo", "2 · Left side", "table-second")
    me.sees("Arma 2 de 30", "Gun 2 of 30")


def an_explosive(me: Officer) -> None:
    """The flow ends: move away, one photo from afar or a reason for none, place, signature."""
    start(me, "Con capacidad", "Trained to process")
    me.at("Sin tocar: foto general", "Untouched: overview", "overview")
    me.tap("No se puede tomar", "Can't be taken")
    me.at("¿Por qué falta esta vista?", "Why is this view missing?", "skip")
    me.tap("No es seguro", "Not safe")
    me.tap("Explosivo", "Explosive")
    me.at("Aléjate. Pide EOD/SEDENA.", "Move away. Call EOD/SEDENA.", "explosive")
    me.tap("Sí", "Yes", exact=True)
    me.tap("Siguiente", "Next")
    me.at("Indicio 1", "Item 1", "explosive-photo")
    me.tap("No se puede tomar", "Can't be taken")
    me.tap("No es seguro", "Not safe")
    me.tap("Siguiente", "Next")
    me.at("Antes de firmar", "Before signing", "explosive-meter")
    me.tap("una foto, o la razón", "a photo, or the reason")
    me.at("¿Por qué no hay foto?", "Why is there no photo?", "no-media")
    me.tap("No es seguro", "Not safe")
    me.sees("Lo tuyo está completo", "Your part is complete")
