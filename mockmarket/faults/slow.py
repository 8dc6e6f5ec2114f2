"""An answer that is a long time coming: it is kept back finished, and no thread waits with it."""

from mockmarket.faults.base import LONGEST_S, Fault, Parameter

FAULT = Fault(
    "slow",
    "Carries the request out at once, and answers late.",
    {"seconds": Parameter(5.0, "How late, in real seconds.", least=0, most=LONGEST_S)},
    on_response=lambda reply, arguments: reply.paced(wait_s=arguments["seconds"]),
)
