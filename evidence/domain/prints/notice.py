"""A lead or hit on paper. A lead always carries its caution; the two are never called by one word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.domain.prints.sheet import Block, Column, Document, Field, Fields, Heading, Paragraph, Rest, Table, What
from evidence.domain.prints.words import both, moment, word

CAUTION = "Vínculo no confirmado. No es dictamen."
NO_REPORT = "Correspondencia confirmada por dos peritos. El dictamen es otro documento."
_ENDED = "El aviso anterior ya no vale por sí solo; lo que se hizo por él debe revisarse."


@dataclass(frozen=True, kw_only=True)
class NoticeSheet:
    """A notice as its reader opened it; ``card`` holds both cases, the laboratory and its contact."""

    about: str
    card: Mapping[str, Any]
    folio: str
    institution: str
    own_case: str
    told_at: datetime
    zone: str
    printed_by: str
    printed_at: datetime


def document(notice: NoticeSheet) -> Document:
    """One sheet; the caution stands before and after the cases."""
    caution = {"lead": CAUTION, "hit": NO_REPORT}.get(notice.about, f"{word('notice', notice.about)}. {_ENDED}")
    cases = [(one["agency"], one["case_number"]) for one in notice.card.get("cases", ())]
    warned = Paragraph(caution, bold=True, boxed=True)
    blocks: list[Block] = [
        warned,
        Fields(
            [
                [Field("Aviso", word("notice", notice.about)), Field("Caso propio", notice.own_case)],
                [
                    Field("Laboratorio", notice.card.get("laboratory", "")),
                    Field("Contacto", notice.card.get("contact", "")),
                ],
                [
                    Field("Registrado", both(moment(notice.card.get("recorded_at")), notice.zone)),
                    Field("Avisado", both(notice.told_at, notice.zone)),
                ],
            ]
        ),
        Heading("CASOS"),
        Table((Column("Institución", 2), Column("Carpeta o número de caso", 2)), cases),
        warned,
        Rest(),
    ]
    return Document(
        what=What.NOTICE,
        title=word("notice", notice.about).upper(),
        institution=notice.institution,
        folio=notice.folio,
        printed_by=notice.printed_by,
        printed_at=notice.printed_at,
        zone=notice.zone,
        blocks=tuple(blocks),
    )
