"""Stock: the one truth about seats that every vendor's window shows. Never a seat twice, whatever the concurrency.

Every change is written with its ledger line in the transaction of its cause; then each vendor is asked, in `notify`, to
bring its own records into line.
"""

from mockmarket.stock.claims import (
    Part,
    choose,
    claim,
    hand_over,
    hold,
    hold_named,
    put_back,
    release,
    seats_of,
    sell_held,
    side_by_side,
    take,
    take_named,
)  # fmt: skip
from mockmarket.stock.reshaping import divide, join
from mockmarket.stock.rows import (
    Change,
    Stock,
    What,
    add,
    alter,
    every,
    free_of_event,
    get,
    ledger,
    notify,
    of_event,
    put_on_sale,
)  # fmt: skip

__all__ = [
    "Change",
    "Part",
    "Stock",
    "What",
    "add",
    "alter",
    "choose",
    "claim",
    "divide",
    "every",
    "free_of_event",
    "get",
    "hand_over",
    "hold",
    "hold_named",
    "join",
    "ledger",
    "notify",
    "of_event",
    "put_back",
    "put_on_sale",
    "release",
    "seats_of",
    "sell_held",
    "side_by_side",
    "take",
    "take_named",
]
