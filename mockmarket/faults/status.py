"""An error status in place of the answer, in the vendor's own error shape."""

from __future__ import annotations

from mockmarket.errors import BY_STATUS, Internal, Refusal
from mockmarket.faults.base import Arguments, Fault, Parameter


def on_request(arguments: Arguments) -> Refusal:
    """Refuse the request before anything of it is carried out, as the kind of refusal that the status usually is."""
    status, wait_s = arguments["status"], arguments["retry_after_s"]
    usual = BY_STATUS.get(status, Internal if status >= 500 else Refusal)
    refusal: Refusal = type(usual.__name__, (usual,), {"status": status})(arguments["message"])
    if wait_s:
        refusal.facts["retry_after"] = wait_s
        refusal.headers["Retry-After"] = str(wait_s)
    return refusal


FAULT = Fault(
    "status",
    "Answers an error status, in the vendor's own error shape; nothing of the request is carried out.",
    {
        "status": Parameter(503, "The status to answer.", least=400, most=599),
        "message": Parameter("The fault status is on.", "What the error says."),
        "retry_after_s": Parameter(0, "Seconds for a Retry-After header; 0 sends none.", least=0, most=86_400),
    },
    on_request=on_request,
)
