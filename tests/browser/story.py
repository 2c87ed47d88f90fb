"""The two-minute capture: a pistol and five cases, screen by screen, as an officer who knows the app taps it."""

from tests.browser.officer import PIN, Officer, picture

SEALS = ("A-004417", "A-004418")


def until_photos(me: Officer) -> None:
    """From the start screen to the first guided photo of the pistol."""
    until_safe(me)
    made_safe(me)


def until_safe(me: Officer) -> None:
    """From the start screen to the question who makes the pistol safe."""
    me.tap("CAPTURAR", "CAPTURE", exact=True)
    me.at("¿Cómo actúas?", "How do you act", "capacity")
    me.tap("Con capacidad", "Trained to process")
    me.at("Sin tocar: foto general", "Untouched: overview", "overview")
    me.photo(picture("overview"))
    me.at("¿Qué hay?", "What is there?", "count")
    me.tap("Más: Pistolas", "More: Pistols")
    for _ in range(5):
        me.tap("Más: Casquillos", "More: Cartridge cases")
    me.tap("Siguiente", "Next")
    me.at("Indicio 1", "Item 1", "in-situ")
    me.tap("La foto general ya", "The overview already")
    me.at("Indicio 1: ¿cómo estaba?", "Item 1: as found?", "found")
    me.tap("Sí", "Yes", exact=True)
    me.tap("No", exact=True, nth=1)
    me.tap("No sé", "Not sure", nth=2)
    me.at("¿Quién la asegura?", "Who makes it safe?", "safe")


def made_safe(me: Officer) -> None:
    me.tap("Yo ya la aseguré", "I have done it")
    me.at("¿Qué dirá la etiqueta?", "What will the label say?", "condition")
    me.tap("Descargada", "Unloaded")


def the_photos(me: Officer) -> None:
    for es, en, view in (("Lado izquierdo", "Left side", "left"), ("Lado derecho", "Right side", "right")):
        me.at(f"1 · {es}", f"1 · {en}", view)
        me.photo(picture(view))
    me.at("1 · Número de serie", "1 · Serial number", "serial-photo")
    me.photo(picture("serial"))
    me.at("1 · Marca", "1 · Maker", "marks-photo")
    me.photo(picture("marks"))


def the_serial(me: Officer) -> None:
    the_serial_read(me)
    after_the_serial(me)


def the_serial_read(me: Officer) -> None:
    me.at("1 · Serie", "1 · Serial", "serial")
    me.type("QZX")
    me.tap("123", exact=True)
    me.type("0158")
    me.tap("Siguiente", "Next")


def after_the_serial(me: Officer) -> None:
    me.at("Confirma estos caracteres", "Confirm these characters", "lookalikes")
    me.tap("Así es", "That is right")
    me.at("Segunda lectura", "Second reading", "second")
    me.tap("La hará el supervisor", "The supervisor will do it")
    me.at("Indicio 1: ¿qué marca?", "Item 1: which maker?", "make")
    me.tap("Glock", exact=True)
    me.at("1 · ¿Qué calibre?", "1 · Which caliber?", "caliber")
    me.tap("9 mm", exact=True)


def the_cases(me: Officer) -> None:
    me.at("2 a 6 · Bases", "2 to 6 · Bases", "bases")
    me.photo(picture("bases"))
    me.at("¿Todos iguales?", "All alike?", "alike")
    me.tap("Sí", "Yes", exact=True)
    me.at("2 a 6 · ¿Qué calibre?", "2 to 6 · Which caliber?", "cases-caliber")
    me.tap("9 mm", exact=True)


def the_packages(me: Officer) -> int:
    """Types both seals twice. Returns the taps that scanning them would have saved: two taps a seal are scanning's."""
    me.at("Bolsas y sellos", "Bags and seals", "packages")
    me.tap("Siguiente", "Next")
    before = me.taps
    for seal in SEALS:
        me.at("Sello de", "Seal of", "seal")
        me.tap("Escribir", "Type")
        for again in (False, True):
            me.tap(seal[0], exact=True)
            me.tap("Guion", "Hyphen")
            me.tap("123", exact=True)
            me.type(seal[2:])
            me.tap("Siguiente", "Next")
            if not again:
                me.at("Escríbelo otra vez", "Type it again", "seal-again")
                me.tap("ABC", exact=True)
    me.at("Empaques cerrados", "Closed packages", "packages-photo")
    typed = me.taps - before
    me.photo(picture("packages"))
    return typed - 2 * len(SEALS)


def to_the_meter(me: Officer) -> None:
    me.at("¿Dónde fue?", "Where was it?", "place")
    me.tap("Siguiente", "Next")
    me.at("Antes de firmar", "Before signing", "meter")


def the_signature(me: Officer) -> None:
    to_the_meter(me)
    signed(me)


def signed(me: Officer) -> None:
    """From the meter to the ladder."""
    me.tap("Firmar", "Sign", exact=True)
    me.at("Firmar", "Sign", "pin")
    me.type(PIN)
    me.at("¿Llegó?", "Did it arrive?", "ladder")


def capture(me: Officer) -> int:
    """The whole story, from the start screen to the ladder. Returns the taps that scanning the seals would save."""
    until_photos(me)
    the_photos(me)
    the_serial(me)
    the_cases(me)
    saved = the_packages(me)
    the_signature(me)
    return saved


def one_case(me: Officer) -> None:
    """A single case, unsealed: the shortest capture that goes to a laboratory."""
    one_case_until_the_place(me)
    the_signature(me)


def one_case_until_the_place(me: Officer) -> None:
    me.tap("CAPTURAR", "CAPTURE")
    me.tap("Con capacidad", "Trained to process")
    me.at("Sin tocar: foto general", "Untouched: overview", "overview")
    me.photo(picture("overview"))
    me.at("¿Qué hay?", "What is there?", "count")
    me.tap("Más: Casquillos", "More: Cartridge cases")
    me.tap("Siguiente", "Next")
    me.tap("La foto general ya", "The overview already")
    me.at("1 · Bases", "1 · Bases", "bases")
    me.photo(picture("bases"))
    me.at("1 · ¿Qué calibre?", "1 · Which caliber?", "caliber")
    me.tap("9 mm", exact=True)
    me.at("Bolsas y sellos", "Bags and seals", "packages")
    me.tap("Siguiente", "Next")
    me.at("Sello de", "Seal of", "seal")
    me.tap("Aún no sello", "Not sealed yet")
