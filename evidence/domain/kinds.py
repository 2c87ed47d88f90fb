"""Closed lists: the words that code, wire and database share. A new word raises the schema's version.

Lists that an agency or an authority may change (codes of makes, types, places) are data, not here.
"""

from collections.abc import Mapping
from enum import StrEnum


class ItemKind(StrEnum):
    """What a physical thing is. ``explosive`` ends the flow: nobody handles it (protocol, section 11)."""

    FIREARM = "firearm"
    PMF = "privately_made_firearm"
    PART = "part"
    CARTRIDGE_CASE = "cartridge_case"
    CARTRIDGE = "cartridge"
    BULLET = "bullet"
    MAGAZINE = "magazine"
    EXPLOSIVE = "explosive"
    OTHER = "other"


GUNS = frozenset({ItemKind.FIREARM, ItemKind.PMF})
"""Kinds that carry a serial status and a statement about making safe."""

FACT_BLOCKS: Mapping[ItemKind, frozenset[str]] = {
    ItemKind.FIREARM: frozenset({"firearm"}),
    ItemKind.PMF: frozenset({"pmf", "firearm"}),
    ItemKind.PART: frozenset({"part"}),
    ItemKind.CARTRIDGE_CASE: frozenset({"cartridge_case"}),
    ItemKind.CARTRIDGE: frozenset({"cartridge"}),
    ItemKind.BULLET: frozenset({"bullet"}),
    ItemKind.MAGAZINE: frozenset({"magazine"}),
    ItemKind.EXPLOSIVE: frozenset({"explosive"}),
    ItemKind.OTHER: frozenset(),
}
"""The members of an item that hold the facts of its kind."""


class FirearmForm(StrEnum):
    """What the signer chose; it decides the views asked for, not the NCIC type."""

    PISTOL = "pistol"
    REVOLVER = "revolver"
    LONG_GUN = "long_gun"
    OTHER = "other"
    UNKNOWN = "unknown"


class PmfType(StrEnum):
    """The ten kinds of privately made firearms."""

    PISTOL = "pistol"
    REVOLVER = "revolver"
    RIFLE = "rifle"
    SHOTGUN = "shotgun"
    FRAME_OR_RECEIVER = "frame_or_receiver"
    CONVERSION_DEVICE = "machinegun_conversion_device"
    DESTRUCTIVE_DEVICE = "destructive_device"
    MACHINEGUN = "machinegun"
    SILENCER = "silencer"
    ANY_OTHER_WEAPON = "any_other_weapon"


class View(StrEnum):
    """What a photo or scan is meant to show; ``topography`` is a measured surface (X3P)."""

    SCENE_OVERVIEW = "scene_overview"
    IN_SITU = "in_situ"
    AS_FOUND_STATE = "as_found_state"
    LEFT = "left"
    RIGHT = "right"
    SERIAL_CLOSEUP = "serial_closeup"
    SERIAL_OBLIQUE = "serial_oblique"
    MAKER_MODEL_MARKING = "maker_model_marking"
    CALIBER_MARKING = "caliber_marking"
    IMPORTER_COUNTRY_MARKING = "importer_country_marking"
    OTHER_NUMBER = "other_number"
    PROOF_OR_PROPERTY_MARK = "proof_or_property_mark"
    BUILD_DETAIL = "build_detail"
    HEADSTAMP = "headstamp"
    PRIMER_FACE = "primer_face"
    SIDE = "side"
    BASE = "base"
    PACKAGE_SEALED = "package_sealed"
    PAPER_FORM = "paper_form"
    SKETCH = "sketch"
    TOPOGRAPHY = "topography"
    OTHER = "other"


FROM_AFAR = frozenset({View.SCENE_OVERVIEW, View.IN_SITU, View.PAPER_FORM, View.SKETCH})
"""The only views of an explosive: one photo from afar, no guided photos."""


class Source(StrEnum):
    """Where a file's bytes come from. ``page`` is as good as ``camera``; ``canvas`` is a re-encode."""

    CAMERA = "camera"
    PAGE = "page"
    CANVAS = "canvas"
    GALLERY = "gallery"
    PAPER = "paper"
    SCAN = "scan"


class Capacity(StrEnum):
    """In what capacity the signer acts."""

    FIRST_RESPONDER = "first_responder"
    PROCESSING = "processing"
    EXPERT = "expert"


class Began(StrEnum):
    """How a recovery began, in the words of the Registro de Cadena de Custodia."""

    LOCALIZACION = "localizacion"
    DESCUBRIMIENTO = "descubrimiento"
    APORTACION = "aportacion"


class SerialStatus(StrEnum):
    """What the signer could make of a serial: a status, never a magic string."""

    LEGIBLE = "legible"
    PARTIAL = "partial"
    OBLITERATED = "obliterated"
    NEVER_MARKED = "never_marked"
    NOT_FOUND = "not_found"
    NOT_EXAMINED = "not_examined"


SERIAL_WITH_TEXT = frozenset({SerialStatus.LEGIBLE, SerialStatus.PARTIAL})
"""The statuses with which a serial has a text; with the others it stays empty."""


class SerialWhere(StrEnum):
    """Where a number was read. Only the frame or receiver counts for a trace."""

    FRAME = "frame"
    SLIDE = "slide"
    BARREL = "barrel"
    CYLINDER_OR_CRANE = "cylinder_or_crane"
    OTHER = "other"
    UNKNOWN = "unknown"


class ReadingHow(StrEnum):
    """How somebody read a serial. The first three are the phone's, the rest are made here."""

    SCENE = "scene"
    PARTNER = "partner"
    AFTER_SEALING = "after_sealing"
    SUPERVISOR = "supervisor"
    LABORATORY = "laboratory"
    DESK = "desk"


PHONE_READINGS = frozenset({ReadingHow.SCENE, ReadingHow.PARTNER, ReadingHow.AFTER_SEALING})


class MakeSafeState(StrEnum):
    """Who handled a gun: a statement, never a claim that it is safe."""

    BY_SIGNER = "by_signer"
    BY_OTHER = "by_other"
    NOT_HANDLED = "not_handled"


class LabelCondition(StrEnum):
    """What a package's label says of the gun in it: CARGADA, DESCARGADA, NO VERIFICADA."""

    LOADED = "loaded"
    UNLOADED = "unloaded"
    NOT_VERIFIED = "not_verified"


class PackageKind(StrEnum):
    BAG = "bag"
    BOX = "box"
    ENVELOPE = "envelope"
    CONTAINER = "container"
    OTHER = "other"


class UnlockMethod(StrEnum):
    """How the signing key was unlocked."""

    PASSKEY = "passkey"
    PIN = "pin"
    NONE = "none"


class ReplyAnswer(StrEnum):
    """What an amendment answers to a return."""

    CORRECTED = "corrected"
    RETAKEN = "retaken"
    ITEM_GONE = "item_gone"
    DISAGREE = "disagree"


class ReturnReason(StrEnum):
    """Why a supervisor returns a submission; the words are the field's own."""

    FOTO_MOVIDA = "foto_movida"
    FALTA_VISTA = "falta_vista"
    SERIE_NO_COINCIDE = "serie_no_coincide"
    SELLO_ILEGIBLE = "sello_ilegible"
    INDICIO_MAL_NUMERADO = "indicio_mal_numerado"
    LUGAR = "lugar"
    POSIBLE_DUPLICADO = "posible_duplicado"
    FALTA_AUTORIDAD = "falta_autoridad"
    OTRO = "otro"


class StatementKind(StrEnum):
    """What a phone states beside its captures (protocol, section 4)."""

    DISCARD = "discard"
    MEDIA_LOST = "media_lost"
    CLOSING = "closing"
    COSIGN = "cosign"


class PhysicalEventKind(StrEnum):
    """What happened to a package or item (protocol, section 7). ``handed_back`` is of the thing, never of a request."""

    SEALED = "sealed"
    HANDED_OVER = "handed_over"
    RECEIVED = "received"
    OPENED = "opened"
    RESEALED = "resealed"
    STORED = "stored"
    HANDED_BACK = "handed_back"
    MISMATCH = "mismatch"


class MismatchKind(StrEnum):
    """In what a thing differs from its dossier when it is received."""

    SEAL_NUMBER = "seal_number"
    SEAL_BROKEN = "seal_broken"
    PACKAGE_MISSING = "package_missing"
    ITEM_MISSING = "item_missing"
    ITEM_EXTRA = "item_extra"
    ITEM_DIFFERENT = "item_different"
    SERIAL_DIFFERS = "serial_differs"
    LOADED = "loaded"
    CONTAMINATED = "contaminated"
    PAPER_MISSING = "paper_missing"


class AttachmentKind(StrEnum):
    """What a laboratory or desk attaches to a submission. ``vendor``: any file of an instrument, kept sealed."""

    SCAN = "scan"
    PHOTO = "photo"
    RECEIVING_PHOTO = "receiving_photo"
    REPORT = "report"
    ANSWER = "answer"
    DOCUMENT = "document"
    VENDOR = "vendor"


class TraceCode(StrEnum):
    """Our own words for answers to a trace request: the official list is not public."""

    PURCHASER_IDENTIFIED = "purchaser_identified"
    DEALER_ONLY = "dealer_only"
    FOREIGN_NOT_IMPORTED = "foreign_not_imported"
    LEGALLY_EXPORTED = "legally_exported"
    INSUFFICIENT_DESCRIPTION = "insufficient_description"
    SERIAL_UNUSABLE = "serial_unusable"
    RECORDS_UNAVAILABLE = "records_unavailable"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class BallisticCode(StrEnum):
    """A lead is unconfirmed, a hit is confirmed under the microscope; ``report`` is the dictamen, another product."""

    LEAD = "lead"
    HIT = "hit"
    NO_ASSOCIATION = "no_association"
    UNSUITABLE = "unsuitable"
    REPORT = "report"


class DuplicateAnswer(StrEnum):
    SAME_GUN = "same_gun"
    DIFFERENT = "different"
    UNSURE = "unsure"
