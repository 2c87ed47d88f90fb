"""What a verification says to people: one sentence a fault, in Spanish and in English."""

from collections.abc import Mapping
from enum import StrEnum

from evidence.domain.verifying import Fault


class Language(StrEnum):
    ES = "es"
    EN = "en"


SENTENCES: Mapping[str, tuple[str, str]] = {
    "file_unreadable": (
        "El archivo {file} no se puede leer: {reason}.",
        "The file {file} cannot be read: {reason}.",
    ),
    "receipt_malformed": ("El archivo no es un acuse.", "The file is not a receipt."),
    "receipt_other_manifest": (
        "El acuse nombra un manifiesto y sus datos otro.",
        "The receipt names one manifest and its details another.",
    ),
    "receipt_details_changed": (
        "Los datos del acuse no son los que firmó la entrada de custodia: fueron cambiados.",
        "The receipt's details are not those of its custody entry: they were changed.",
    ),
    "entry_malformed": (
        "La entrada número {seq} no tiene la forma publicada.",
        "Entry number {seq} is not of the published form.",
    ),
    "proof_fails": (
        "La prueba de la entrada {seq} de la cadena {chain} no se sostiene ({reason}).",
        "The proof of entry {seq} of chain {chain} does not hold ({reason}).",
    ),
    "chain_empty": ("El archivo no contiene ninguna entrada.", "The file holds no entry."),
    "chain_seq": (
        "A la cadena {chain} le falta la entrada {seq}, o fue movida.",
        "Chain {chain} lacks entry {seq}, or it was moved.",
    ),
    "chain_prev": (
        "La entrada {seq} de la cadena {chain} no enlaza con la anterior: una de las dos fue reemplazada o movida.",
        "Entry {seq} of chain {chain} does not follow the one before: one of the two was replaced or moved.",
    ),
    "chain_hash": (
        "La entrada {seq} de la cadena {chain} fue cambiada.",
        "Entry {seq} of chain {chain} was changed.",
    ),
    "chain_clock": (
        "En la entrada {seq} de la cadena {chain} el tiempo corre hacia atrás.",
        "In entry {seq} of chain {chain} time runs backwards.",
    ),
    "chain_chain": (
        "La entrada {seq} de la cadena {chain} pertenece a otra cadena o dependencia.",
        "Entry {seq} of chain {chain} belongs to another chain or agency.",
    ),
    "chain_cut": (
        "A la cadena {chain} le faltan sus últimas entradas: hay {entries}, y su cabeza cuenta {head}.",
        "Chain {chain} lacks its last entries: there are {entries}, and its head counts {head}.",
    ),
    "chain_grown": (
        "La cadena {chain} tiene entradas que su cabeza no conoce: fueron insertadas.",
        "Chain {chain} has entries that its head does not know: they were inserted.",
    ),
    "details_changed": (
        "Los datos de la entrada {seq} de la cadena {chain} fueron cambiados.",
        "The details of entry {seq} of chain {chain} were changed.",
    ),
    "subject_changed": (
        "El registro {table} {row}, asentado en la entrada {seq} de la cadena {chain}, fue cambiado.",
        "The record {table} {row}, entered as {seq} of chain {chain}, was changed.",
    ),
    "subject_missing": (
        "El registro {table} {row}, asentado en la entrada {seq} de la cadena {chain}, fue borrado.",
        "The record {table} {row}, entered as {seq} of chain {chain}, was deleted.",
    ),
    "bundle_unreadable": (
        "El paquete {file} no se puede abrir: {reason}.",
        "The bundle {file} cannot be opened: {reason}.",
    ),
    "not_a_bag": ("Al paquete le falta {file}: no es una bolsa BagIt.", "The bundle lacks {file}: it is no BagIt bag."),
    "bag_malformed": ("La lista {file} del paquete no se entiende.", "The bundle's list {file} cannot be read."),
    "file_missing": ("Falta el archivo {file} del paquete.", "The bundle's file {file} is missing."),
    "file_extra": (
        "El archivo {file} no está en la lista del paquete: fue agregado.",
        "The file {file} is not on the bundle's list: it was added.",
    ),
    "file_changed": ("El archivo {file} fue cambiado.", "The file {file} was changed."),
    "json_malformed": ("El archivo {file} está dañado.", "The file {file} is damaged."),
    "index_malformed": ("El índice {file} está dañado.", "The index {file} is damaged."),
    "policy_unusable": ("La política no se puede usar: {reason}.", "The policy cannot be used: {reason}."),
    "bundle_entry_malformed": (
        "El asiento {file} no tiene la forma publicada.",
        "The entry {file} is not of the published form.",
    ),
    "chain_of_another": (
        "El paquete contiene la cadena {chain}, que no es la de su captura.",
        "The bundle holds chain {chain}, which is not that of its capture.",
    ),
    "chain_end": (
        "La cadena {chain} no llega hasta la petición de este paquete: le cortaron el final.",
        "Chain {chain} does not reach to this bundle's own request: its end was cut off.",
    ),
    "device_key_missing": (
        "No está la llave del teléfono que firmó {file}.",
        "The key of the phone that signed {file} is not there.",
    ),
    "device_key_differs": (
        "La llave {file} no es la que se asentó cuando el teléfono se dio de alta.",
        "The key {file} is not the one that was entered when the phone was enrolled.",
    ),
    "signature_fails": (
        "La firma de {file} no se sostiene ({reason}).",
        "The signature of {file} does not hold ({reason}).",
    ),
    "manifest_unknown": (
        "El documento firmado {file} no es de los que la cadena registró.",
        "The signed document {file} is not one that the chain registered.",
    ),
    "cosignature_missing": (
        "Falta {file}: un asiento dice que un colega firmó que intervino.",
        "{file} is missing: an entry says that a colleague signed that they took part.",
    ),
    "original_differs": (
        "El archivo original {file} no tiene la huella que el índice dice.",
        "The original {file} does not have the hash that the index says.",
    ),
    "original_missing": (
        "El archivo {media}, que un asiento puso a resguardo, no está en el índice o está con otra huella.",
        "The file {media}, which an entry secured, is not in the index, or there with another hash.",
    ),
    "original_unspoken": (
        "Ningún asiento nombra el archivo {file}: fue agregado.",
        "No entry names the file {file}: it was added.",
    ),
    "worksheet_changed": ("La copia aprobada {file} fue cambiada.", "The approved copy {file} was changed."),
    "worksheet_undecided": (
        "Nadie decidió sobre la copia {file}: fue agregada.",
        "Nobody decided over the copy {file}: it was added.",
    ),
    "timestamp_signature": (
        "El sello de tiempo {file} fue cambiado, o no lo firmó la autoridad que dice.",
        "The timestamp {file} was changed, or was not signed by the authority that it names.",
    ),
    "timestamp_algorithm": (
        "El sello de tiempo {file} usa un algoritmo que aquí no se comprueba.",
        "The timestamp {file} uses an algorithm that is not checked here.",
    ),
    "timestamp_purpose": (
        "El certificado que firmó el sello de tiempo {file} no es para sellos de tiempo.",
        "The certificate that signed the timestamp {file} is not one for timestamps.",
    ),
    "timestamp_expired": (
        "El sello de tiempo {file} se firmó con un certificado que entonces no valía ({reason}).",
        "The timestamp {file} was signed with a certificate that was not in force then ({reason}).",
    ),
    "timestamp_untrusted": (
        "Ninguna raíz confiada responde por el sello de tiempo {file} ({reason}).",
        "No trusted root vouches for the timestamp {file} ({reason}).",
    ),
    "timestamp_fails": (
        "El sello de tiempo {file} no corresponde a esta bitácora ({reason}).",
        "The timestamp {file} is not about this log ({reason}).",
    ),
    "row_unspoken": (
        "El registro {table} {row} no tiene entrada de custodia: fue insertado sin un acto.",
        "The record {table} {row} has no custody entry: it was inserted without an act.",
    ),
    "tombstone_unspoken": (
        "Ninguna entrada habla de la eliminación de {what}: la lápida fue insertada.",
        "No entry speaks of the removal of {what}: the tombstone was inserted.",
    ),
    "entry_unlogged": (
        "La entrada {seq} de la cadena {chain} no está en el registro ni en espera: fue insertada, o su hoja borrada.",
        "Entry {seq} of chain {chain} is neither in the log nor waiting: it was inserted, or its leaf deleted.",
    ),
    "leaf_gap": (
        "Al registro le falta la hoja {index}: fue borrada.",
        "The log lacks leaf {index}: it was deleted.",
    ),
    "leaf_orphan": (
        "La hoja {index} del registro ya no tiene entrada: la entrada fue borrada.",
        "Leaf {index} of the log has no entry any more: the entry was deleted.",
    ),
    "leaf_differs": (
        "La hoja {index} del registro no es la de su entrada: una de las dos fue cambiada.",
        "Leaf {index} of the log is not that of its entry: one of the two was changed.",
    ),
    "leaf_unsigned": (
        "La hoja {index} del registro está detrás del último sello: fue insertada.",
        "Leaf {index} of the log stands behind the last checkpoint: it was inserted.",
    ),
    "log_head_differs": (
        "El registro tiene {leaves} hojas y su cabeza cuenta {head}.",
        "The log has {leaves} leaves and its head counts {head}.",
    ),
    "tile_missing": (
        "Falta la tesela {tile} del registro {origin}.",
        "Tile {tile} of log {origin} is missing.",
    ),
    "tile_differs": (
        "La tesela {tile} del registro {origin} no es la de sus hojas: una hoja o la tesela fue cambiada o movida.",
        "Tile {tile} of log {origin} is not that of its leaves: a leaf or the tile was changed or moved.",
    ),
    "tile_extra": (
        "El registro {origin} tiene teselas de más.",
        "Log {origin} has tiles too many.",
    ),
    "checkpoint_root": (
        "Las hojas del registro {origin} hasta {size} no dan la raíz firmada: una fue cambiada, borrada o movida.",
        "The leaves of log {origin} up to {size} do not give the signed root: one was changed, deleted or moved.",
    ),
    "checkpoint_note": (
        "El texto firmado del registro {origin} en {size} no dice lo que su fila ({reason}).",
        "The signed text of log {origin} at {size} does not say what its row does ({reason}).",
    ),
    "checkpoint_signature": (
        "La firma del registro {origin} en {size} no se sostiene ({reason}).",
        "The signature of log {origin} at {size} does not hold ({reason}).",
    ),
    "cosignature_fails": (
        "La firma del testigo {witness} sobre el registro {origin} en {size} no se sostiene.",
        "The signature of witness {witness} on log {origin} at {size} does not hold.",
    ),
    "checkpoint_beyond": (
        "El registro {origin} firmó {size} hojas y solo hay {leaves}: faltan las últimas.",
        "Log {origin} signed {size} leaves and there are only {leaves}: the last ones are missing.",
    ),
    "database_behind": (
        "La base de datos volvió a un estado anterior: el almacén guarda el registro {origin} en {stored}, "
        "y la base llega a {size}.",
        "The database went back to an earlier state: the store keeps log {origin} at {stored}, "
        "and the database reaches {size}.",
    ),
    "log_unknown": (
        "El almacén guarda el registro {origin}, que la base de datos no conoce: la base volvió a un estado anterior.",
        "The store keeps log {origin}, which the database does not know: it went back to an earlier state.",
    ),
    "log_forked": (
        "El registro {origin} se bifurcó: en {size} el almacén guarda otro que la base de datos.",
        "Log {origin} was forked: at {size} the store keeps another than the database.",
    ),
    "checkpoint_unknown": (
        "El almacén guarda el registro {origin} en {size}, y la base de datos no: su fila fue borrada.",
        "The store keeps log {origin} at {size}, and the database does not: its row was deleted.",
    ),
    "checkpoint_unstored": (
        "El almacén no guarda el registro {origin} en {size}, que la base de datos da por publicado.",
        "The store does not keep log {origin} at {size}, which the database takes for published.",
    ),
    "object_stray": (
        "El almacén guarda entre los registros un objeto ajeno: {key}.",
        "The store keeps a foreign object among the logs: {key}.",
    ),
    "version_missing": (
        "El almacén ya no tiene la versión guardada del archivo {media} de la captura {capture}.",
        "The store no longer has the kept version of file {media} of capture {capture}.",
    ),
    "version_differs": (
        "La versión guardada del archivo {media} de la captura {capture} tiene otros bytes que los firmados.",
        "The kept version of file {media} of capture {capture} has other bytes than those signed.",
    ),
    "lock_short": (
        "El candado del archivo {media} de la captura {capture} termina antes de lo asentado.",
        "The lock of file {media} of capture {capture} ends before its recorded date.",
    ),
    "media_unlike_log": (
        "La fila del archivo {media} de la captura {capture} nombra otra versión o huella que la cadena de custodia.",
        "The row of file {media} of capture {capture} names another version or hash than the custody chain.",
    ),
    "state_media": (
        "El archivo {media} de la captura {capture} está como «{state}», y sus entradas llevan a {allowed}.",
        "File {media} of capture {capture} stands as “{state}”, and its entries lead to {allowed}.",
    ),
    "state_capture": (
        "La captura {capture} está como «{state}», y sus entradas llevan a {allowed}.",
        "Capture {capture} stands as “{state}”, and its entries lead to {allowed}.",
    ),
    "state_submission": (
        "La solicitud {submission} está como «{state}», y sus entradas llevan a {allowed}.",
        "Submission {submission} stands as “{state}”, and its entries lead to {allowed}.",
    ),
}


def sentence(fault: Fault, language: Language) -> str:
    """The fault in one sentence."""
    spanish, english = SENTENCES[fault.code]
    return (spanish if language is Language.ES else english).format(**fault.facts)
