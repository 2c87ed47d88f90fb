"""The two texts that stand first in a bundle: what it is, and how to check it without us."""

from evidence.domain.bundle.contents import Index
from evidence.domain.bundle.profiles import Profile, holds_registro
from evidence.domain.custody import instant

_PROFILES_ES = {
    Profile.COURT: "tribunal (completo)",
    Profile.DEFENCE: "defensa (sin identidades ni asuntos de terceros)",
    Profile.PARTNER: "institución asociada (sin originales ni hechos del lugar)",
}

_REGISTRO_ES = "  registro.pdf   el Registro de Cadena de Custodia, para leer e imprimir (copia de trabajo)\n"
_REGISTRO_EN = "  registro.pdf   the Registro de Cadena de Custodia, to read and print (working copy, in Spanish)\n"

_LEEME = """CASQUILLO · PAQUETE PARA TRIBUNAL

Folio          {folio}
Perfil         {profile}
Preparado      {made_at} (UTC)
Paquete        {bundle_id}
Captura        {capture_id}

QUÉ CONTIENE
  bundle.json    índice: cada archivo original con su huella SHA-256, y lo que se omitió y por qué
  originals/     los archivos tal como salieron del teléfono, sin volver a codificar; su nombre es su huella
  manifests/     los documentos firmados en el teléfono (JWS, ES256); su nombre es la huella de su contenido
  cosignatures/  lo que firmaron con su propio teléfono los colegas que intervinieron (JWS, ES256)
  keys/          las llaves públicas de los teléfonos que firmaron
  custody/       la cadena de custodia, un asiento por archivo, cada uno con su prueba de inclusión en la bitácora
  log/           la política (llaves de la bitácora y de sus testigos), el punto de control firmado y, donde hay
                 autoridad, un sello de tiempo RFC 3161 (timestamp.tsr) sobre timestamped (verify --tsa-roots)
  worksheets/    lo que se aprobó, byte por byte; la huella del archivo es el resumen aprobado
  results/       las respuestas de laboratorios y mesas
{registro_es}  case.jsonld    descripción en CASE/UCO para otras herramientas

CÓMO COMPROBARLO, SIN RED Y SIN NOSOTROS
  casquillo verify bundle ESTE_ARCHIVO.zip --policy POLITICA
  o en la página /verify: suelte el archivo; nada sale de su equipo.

POLITICA debe venir de fuera del paquete: por ejemplo, de una institución testigo. Con la política incluida se comprueba
que todo concuerda, pero no de quién es la llave.

LO QUE SE OMITIÓ conserva su huella: la cadena y las pruebas se comprueban igual, y un tribunal puede pedirlo después.
Este paquete llega hasta el momento en que se pidió; lo posterior está en la bitácora.
"""

_README = """CASQUILLO · COURT BUNDLE

Folio          {folio}
Profile        {profile}
Made           {made_at} (UTC)
Bundle         {bundle_id}
Capture        {capture_id}

WHAT IS IN IT
  bundle.json    index: each original with its SHA-256, and what was left out and why
  originals/     the files as they left the phone, never re-encoded; named by their hash
  manifests/     the documents signed on the phone (JWS, ES256); named by the hash of their payload
  cosignatures/  what colleagues who took part signed with their own phones (JWS, ES256)
  keys/          the public keys of the phones that signed
  custody/       the custody chain, one entry a file, each with its proof of inclusion in the log
  log/           the policy (keys of the log and its witnesses), the signed checkpoint and, where there is an authority,
                 an RFC 3161 timestamp (timestamp.tsr) over timestamped (verify --tsa-roots)
  worksheets/    what was approved, byte for byte; the file's hash is the approved digest
  results/       the answers of laboratories and trace desks
{registro_en}  case.jsonld    a description in CASE/UCO for other tools

HOW TO CHECK IT, WITHOUT NETWORK AND WITHOUT US
  casquillo verify bundle THIS_FILE.zip --policy POLICY --lang en
  or on the page /verify: drop the file; nothing leaves your computer.

POLICY must come from outside the bundle, for example from a witnessing institution. With the policy inside, everything
is shown to agree, but not whose key it is.

WHAT WAS LEFT OUT keeps its hash: chain and proofs verify all the same, and a court can ask for it later.
This bundle reaches to the moment when it was asked for; what came later is in the log.
"""


def texts(index: Index) -> dict[str, str]:
    """File name → text, Spanish and English."""
    known = {
        "folio": index.folio,
        "made_at": instant(index.made_at),
        "bundle_id": index.bundle_id,
        "capture_id": index.capture_id,
        "registro_es": _REGISTRO_ES if holds_registro(index.profile) else "",
        "registro_en": _REGISTRO_EN if holds_registro(index.profile) else "",
    }
    return {
        "LEEME.txt": _LEEME.format(profile=_PROFILES_ES[index.profile], **known),
        "README.txt": _README.format(profile=index.profile.value, **known),
    }
