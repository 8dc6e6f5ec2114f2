"""Growth: comps, tags, promo codes."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import records
from mockmarket.vendors.zatabox.callers import needs
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.zatabox.rules import growth, promos, tickets
from mockmarket.vendors.zatabox.schemas import growth as schemas
from mockmarket.vendors.zatabox.wire import PROMO

blp = blueprint("growth", "comps, tags, promo codes")


@blp.route("/organizer/growth/events/<string:eventId>/comps")
class Comps(MethodView):
    """Complimentary tickets."""

    @needs("tickets:write")
    @blp.arguments(schemas.CompsBody())
    @blp.response(201, schemas.Comps)
    @refuses(blp, *WRITE)
    def post(self, given: Row, eventId: str) -> flask.Response:
        """Mint complimentary tickets for people."""
        return answer({"tickets": tickets.give(web.world(), eventId, given)}, 201)


@blp.route("/organizer/growth/tags")
class Tags(MethodView):
    """Attendees' tags."""

    @needs("attendees:write")
    @blp.arguments(schemas.TagBody())
    @blp.response(200, schemas.Tagged)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Add tags to attendees; addresses of nobody are named in the answer."""
        return answer(growth.tag(web.world(), given))

    @needs("attendees:write")
    @blp.arguments(schemas.UntagBody())
    @blp.response(200, schemas.Untagged)
    @refuses(blp, *WRITE)
    def delete(self, given: Row) -> flask.Response:
        """Take a tag off attendees."""
        return answer(growth.untag(web.world(), given))


@blp.route("/organizer/promo-codes")
class PromoCodes(MethodView):
    """Promo codes."""

    @needs("events:read")
    @blp.arguments(schemas.PromoQuery(), location="query")
    @blp.response(200, schemas.Promos)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List promo codes, all or those of one event."""
        where = [("event", "=", query["eventId"])] if query["eventId"] else []
        return answer({"items": records.find(web.world().read(), PROMO, *where)})  # type: ignore[arg-type]  # widened

    @needs("events:write")
    @blp.arguments(schemas.NewPromo())
    @blp.response(201, schemas.Promo)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Create a promo code."""
        return answer(promos.create(web.world(), given), 201)


@blp.route("/organizer/promo-codes/<string:id>")
class OnePromoCode(MethodView):
    """One promo code."""

    @needs("events:write")
    @blp.arguments(schemas.PromoChange())
    @blp.response(200, schemas.Promo)
    @refuses(blp, *WRITE)
    def put(self, given: Row, id: str) -> flask.Response:
        """Change a promo code; what is not named stays."""
        return answer(promos.update(web.world(), id, given))

    @needs("events:write")
    @blp.response(200, schemas.Promo)
    @refuses(blp, *WRITE)
    def delete(self, id: str) -> flask.Response:
        """Delete a promo code; answers it as it was."""
        return answer(promos.delete(web.world(), id))


@blp.route("/tickets/promo/validate")
class PromoCheck(MethodView):
    """A promo code tried."""

    @needs("orders:read")
    @blp.arguments(schemas.PromoCheck())
    @blp.response(200, schemas.PromoChecked)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Say what a promo code would take off a cart; nothing is used."""
        return answer(promos.preview(web.world().read(), given))
