"""``casquillo verify``: a receipt, a chain, a bundle, the whole service; 0 when all holds, else 1 and one sentence.

``python -m evidence.commands.verify`` is the same command, for an image that holds no demo and no embedded servers.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate

from evidence.actions.store_ports import StoreError
from evidence.actions.verification.verifying import Depth, verify_service
from evidence.adapters.wiring import make_engine_and_sessions, make_store, read_log_policy
from evidence.commands.bundle_files import source_of
from evidence.commands.progress import Bar
from evidence.domain.bundle.check import check_bundle
from evidence.domain.bundle.words import bundle_sentence
from evidence.domain.log import policy, timestamp_trust
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.log.policy import Policy
from evidence.domain.verifying import Fault, check_chain, check_receipt, name_of
from evidence.domain.verifying_report import ServiceReport
from evidence.domain.verifying_words import Language, sentence
from evidence.settings import SettingsError, read_settings

WRONG, UNUSABLE = 1, 2
TSA_ROOTS = "PEM certificates up to which a timestamp's signature must hold"
STAGES = {
    Language.ES: {
        "chains": "cadenas de custodia",
        "rows": "registros",
        "log": "hojas y sellos",
        "checkpoints": "sellos en el almacén",
        "versions": "archivos en el almacén",
        "files": "bytes del paquete",
    },
    Language.EN: {
        "chains": "custody chains",
        "rows": "records",
        "log": "leaves and checkpoints",
        "checkpoints": "checkpoints in the store",
        "versions": "files in the store",
        "files": "bytes of the bundle",
    },
}


SUCCEEDED = (
    " El registro {name} sigue a {former}, del que el almacén guarda {size} hojas.",
    " Log {name} follows {former}, of which the store keeps {size} leaves.",
)
REMARKS = {
    "forgotten": (
        " Sellos que la base perdió antes de abrir un registro nuevo: {}.",
        " Checkpoints that the database had lost when a new log was opened: {}.",
    ),
    "timestamps": (" Sellos de tiempo: {}.", " Timestamps: {}."),
    "expunged": (" Datos eliminados por orden: {} entradas.", " Details removed by order: {} entries."),
    "expunged_files": (" Archivos eliminados por orden: {}.", " Files removed by order: {}."),
    "undeleted": (
        " De ellos aún están en el almacén, hasta que se repita casquillo expunge: {}.",
        " Of these still in the store, until casquillo expunge is run again: {}.",
    ),
    "details_missing": (
        " Sin datos y sin orden que lo diga: {} entradas.",
        " Without details, and no order says why: {} entries.",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``verify``."""
    parser.add_argument("--lang", type=Language, default=Language.ES, choices=list(Language), help="es or en")
    whats = parser.add_subparsers(dest="what", required=True)
    for what, about in (("receipt", "a receipt"), ("chain", "a custody chain with its details")):
        one = whats.add_parser(what, help=f"{about}, alone, without any network")
        one.add_argument("file", type=Path)
        trusted = one.add_mutually_exclusive_group(required=what == "receipt")
        trusted.add_argument("--policy", type=Path, help="the policy file with the keys of log and witnesses")
        trusted.add_argument("--key", help="the log's key (vkey), whose signature then suffices")
    bundle = whats.add_parser("bundle", help="a court bundle, zipped or unpacked, alone, without any network")
    bundle.add_argument("file", type=Path)
    bundle.add_argument("--policy", type=Path, help="a policy file from outside the bundle; else its own is believed")
    bundle.add_argument("--tsa-roots", type=Path, help=TSA_ROOTS)
    service = whats.add_parser("service", help="everything that the service of CASQUILLO_DATABASE_URL keeps")
    service.add_argument("--deep", action="store_true", help="also read every stored file whole")
    service.add_argument("--sample", type=int, default=1000, help="how many stored files are asked for; 0: all")
    service.add_argument("--tsa-roots", type=Path, help=TSA_ROOTS)


def run(chosen: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Does what was asked; ``environment`` holds the settings, read by ``verify service`` only."""
    try:
        said = _said(chosen, environment)
    except Fault as fault:
        sys.stdout.write(f"{sentence(fault, chosen.lang)}\n")
        return WRONG
    except (SettingsError, StoreError, BadProof, OSError) as unusable:
        sys.stderr.write(f"{unusable}\n")
        return UNUSABLE
    sys.stdout.write(f"{said}\n")
    return 0


def _said(chosen: argparse.Namespace, environment: Mapping[str, str]) -> str:
    if chosen.what == "service":
        return _service(chosen, environment)
    return _bundle(chosen) if chosen.what == "bundle" else _file(chosen)


def _bundle(chosen: argparse.Namespace) -> str:
    trusted = chosen.policy.read_bytes() if chosen.policy is not None else None
    bar = Bar(STAGES[chosen.lang])
    try:
        report = check_bundle(source_of(chosen.file), trusted, roots=_roots(chosen), progress=bar)
    finally:
        bar.close()
    return bundle_sentence(report, chosen.lang)


def _file(chosen: argparse.Namespace) -> str:
    trusted = _trusted(chosen)
    document = _read(chosen.file)
    if chosen.what == "chain":
        return _chain(document, trusted, chosen.lang)
    if trusted is None or not isinstance(document, Mapping):
        raise Fault("receipt_malformed")
    report = check_receipt(document, trusted)
    facts = {
        "at": report.entry.members()["at"],
        "manifest": report.manifest_sha256,
        "files": len(report.media),
        "index": report.proven.index,
        "origin": report.proven.checkpoint.origin,
        "size": report.proven.size,
        "witnesses": ", ".join(report.proven.witnesses) or "—",
    }
    if chosen.lang is Language.ES:
        text = (
            "El acuse es auténtico: {at}, manifiesto {manifest}, {files} archivos; hoja {index} de {size} "
            "del registro {origin}. Testigos: {witnesses}."
        )
    else:
        text = (
            "The receipt is genuine: {at}, manifest {manifest}, {files} files; leaf {index} of {size} "
            "of log {origin}. Witnesses: {witnesses}."
        )
    return text.format(**facts)


def _chain(document: Any, trusted: Policy | Verifier | None, language: Language) -> str:
    lines = document.get("items") if isinstance(document, Mapping) else document
    if not isinstance(lines, list) or not all(isinstance(line, Mapping) for line in lines):
        raise Fault("chain_empty")
    report = check_chain(lines, trusted)
    text = (
        "La cadena {chain} está completa: {entries} entradas, {open} con sus datos, {withheld} sin ellos; "
        "{proven} con prueba verificada."
        if language is Language.ES
        else "Chain {chain} is whole: {entries} entries, {open} with their details, {withheld} without; "
        "{proven} with a verified proof."
    )
    return text.format(
        chain=name_of(report.chain),
        entries=report.entries,
        open=report.open,
        withheld=report.withheld,
        proven=report.proven,
    )


def _service(chosen: argparse.Namespace, environment: Mapping[str, str]) -> str:
    settings = read_settings(environment)
    engine, sessions = make_engine_and_sessions(settings)
    store = make_store(settings)
    bar = Bar(STAGES[chosen.lang])
    depth = Depth(sample=chosen.sample or None, deep=chosen.deep, tsa_roots=_roots(chosen))
    try:
        report = verify_service(sessions, store, policy=read_log_policy(settings.log_policy), depth=depth, progress=bar)
    finally:
        bar.close()
        store.close()
        engine.dispose()
    return service_sentence(report, chosen.lang)


def service_sentence(report: ServiceReport, language: Language) -> str:
    """What the whole service was found to be, and what happened to it: one paragraph."""
    spanish = (
        "Todo corresponde: {entries} entradas en {chains} cadenas, {subjects} registros, {leaves} hojas y {waiting} "
        "en espera, {tiles} teselas, {checkpoints} sellos ({stored_checkpoints} en el almacén, {cosignatures} firmas "
        "de testigos), {versions_checked} de {versions} archivos."
    )
    english = (
        "Everything fits: {entries} entries in {chains} chains, {subjects} records, {leaves} leaves and {waiting} "
        "waiting, {tiles} tiles, {checkpoints} checkpoints ({stored_checkpoints} in the store, {cosignatures} "
        "cosignatures), {versions_checked} of {versions} files."
    )
    said = (spanish if language is Language.ES else english).format(**vars(report))
    place = 0 if language is Language.ES else 1
    for name, former, size in report.successions:
        said += SUCCEEDED[place].format(name=name, former=former, size=size)
    for counted, texts in REMARKS.items():
        if count := getattr(report, counted):
            said += texts[place].format(count)
    return said


def _roots(chosen: argparse.Namespace) -> list[Certificate] | None:
    return timestamp_trust.read_roots(chosen.tsa_roots.read_bytes()) if chosen.tsa_roots is not None else None


def _trusted(chosen: argparse.Namespace) -> Policy | Verifier | None:
    if chosen.policy is not None:
        return policy.parse(chosen.policy.read_bytes())
    return Verifier.parse(chosen.key) if chosen.key is not None else None


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Fault("file_unreadable", file=file, reason=str(error)) from None


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="verify", description="Verifies a receipt, a custody chain, a court bundle or the service."
    )
    add_arguments(parser)
    return run(parser.parse_args(), os.environ)


if __name__ == "__main__":
    sys.exit(main())
