"""What a checked bundle says to people."""

from evidence.domain.bundle.check import BundleReport
from evidence.domain.verifying_words import Language

_ES = (
    "El paquete es auténtico y está completo: folio {folio}, perfil {profile}, captura {capture_id}. "
    "{entries} asientos de custodia ({details_withheld} sin sus datos), {manifests} documentos firmados "
    "({manifests_withheld} omitidos), firmas de colegas que intervinieron: {cosignatures}, "
    "{originals} archivos originales ({originals_withheld} omitidos o no recibidos). "
    "Bitácora {log}, {log_size} hojas. Testigos: {witnesses}."
)
_EN = (
    "The bundle is genuine and whole: folio {folio}, profile {profile}, capture {capture_id}. "
    "{entries} custody entries ({details_withheld} without their details), {manifests} signed documents "
    "({manifests_withheld} left out), signatures of colleagues who took part: {cosignatures}, "
    "{originals} originals ({originals_withheld} left out or never received). "
    "Log {log}, {log_size} leaves. Witnesses: {witnesses}."
)
_OWN_ES = " Atención: la llave de la bitácora viene en el propio paquete; compárela con una política de otra fuente."
_VOUCHED_ES = (
    " {timestamped_by} firmó el {timestamped_at} que ya estaba (RFC 3161); su firma llega a una raíz confiada."
)
_VOUCHED_EN = " {timestamped_by} signed on {timestamped_at} that it was there (RFC 3161), up to a root that you trust."
_STAMPED_ES = (
    " Un sello de tiempo (RFC 3161) dice {timestamped_at}; la firma de su autoridad se comprueba con "
    "--tsa-roots CERTIFICADO, o con "
    "openssl ts -verify -in data/log/timestamp.tsr -data data/log/timestamped -CAfile CERTIFICADO."
)
_STAMPED_EN = (
    " A timestamp (RFC 3161) says {timestamped_at}; its authority's own signature is checked with "
    "--tsa-roots CERTIFICATE, or with "
    "openssl ts -verify -in data/log/timestamp.tsr -data data/log/timestamped -CAfile CERTIFICATE."
)
_OWN_EN = " Mind: the log's key comes in the bundle itself; compare it with a policy from another source."


def bundle_sentence(report: BundleReport, language: Language) -> str:
    """One paragraph: what held, what was left out, and whose key was believed."""
    spanish = language is Language.ES
    known = vars(report) | {"witnesses": ", ".join(report.witnesses) or "—"}
    said = (_ES if spanish else _EN).format(**known)
    if report.timestamped_at is not None:
        if report.timestamped_by is not None:
            said += (_VOUCHED_ES if spanish else _VOUCHED_EN).format(**known)
        else:
            said += (_STAMPED_ES if spanish else _STAMPED_EN).format(**known)
    return said + (_OWN_ES if spanish else _OWN_EN) if report.own_policy else said
