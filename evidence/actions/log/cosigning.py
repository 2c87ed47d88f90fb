"""Being a witness for other logs (C2SP tlog-witness): read what is known, decide, keep it, then sign."""

from collections.abc import Sequence
from datetime import datetime

from evidence.actions.log_ports import LogSigner, WitnessStates
from evidence.domain.log import witness
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.log.witness import Conflict, Refusal, Refused, Request


def cosign(
    states: WitnessStates, signer: LogSigner, *, vkey: str, logs: Sequence[Verifier], body: bytes, now: datetime
) -> bytes | Conflict | Refused:
    """The body of the answer to ``add-checkpoint``, or why there is no signature.

    ``vkey`` is the witness's own key, ``logs`` the keys of the logs that it knows. The new state is on disk before
    anything is signed: a witness that forgets could be led to sign two histories.
    """
    try:
        request = Request.parse(body)
        origin = request.checkpoint().origin
    except BadProof:
        return Refused(Refusal.MALFORMED)
    own = Verifier.parse(vkey)
    with states.deciding(origin) as memory:
        verdict = witness.consider(memory.read(), request, *(key for key in logs if key.name == origin))
        if not isinstance(verdict, witness.Cosign):
            return verdict
        memory.keep(verdict.state)
        signature = witness.cosign(
            verdict.checkpoint,
            name=own.name,
            public_key=own.public_key,
            seconds=int(now.timestamp()),
            signer=lambda message: signer.sign(vkey, message),
        )
    return witness.encode_response([signature])
