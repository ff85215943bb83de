"""Make the stand-ins of a recording, by a key that is thrown away or by one of the vault.

Rules:
1. A key for one recording rests nowhere: after the work nobody can make its stand-ins again.
2. A key for many rests in the vault, wrapped; it is made when it is first asked for.
"""

import os
from collections.abc import Mapping

from sottovoce.redaction.draw import KEY, Draw
from sottovoce.redaction.standins import Making, StandIn, stand_ins
from sottovoce.steps.hiding import Redacted
from sottovoce.steps.order import Order, Pseudonyms, Workshop
from sottovoce.values.finding import Finding
from sottovoce.vault.holding import Holding


def stands_for(
    order: Order, holding: Holding, redacted: Redacted, shop: Workshop
) -> Mapping[Finding, StandIn]:
    """Return the stand-in of each finding that is replaced."""
    making = Making(
        draw=_draw(order, shop),
        language=shop.knowledge.language,
        this_year=holding.begun_at.year,
        person=holding.persons[0],
    )
    segments = redacted.transcript.segments
    return stand_ins(redacted.findings, segments, order.profile, making)


def _draw(order: Order, shop: Workshop) -> Draw:
    if order.pseudonyms is Pseudonyms.RECORDING:
        return Draw(os.urandom(KEY))
    key = shop.vault.pseudonym_key(event=lambda: shop.vault.event("pseudonyms.made", keys=1))
    return Draw(key, links=True)
