"""Which price holds: the offer's own, else the listed one."""

from planner.domain.pricing import Offer, Price


def quoted_price(offer: Offer, listed: Price | None, price_list: str) -> tuple[float, str | None]:
    """USD per node hour, and the date it was listed (None: the offer's own price).

    `price_list` is where the rule looks prices up: a reservation begins from the on-demand price.

    Raises:
        ValueError: neither the offer nor the price list names a price.
    """
    if offer.usd_per_node_hour is not None:
        return offer.usd_per_node_hour, None
    if listed is None:
        raise ValueError(
            f"no {price_list} price of {offer.node_type} is listed for this site:"
            " state usd_per_node_hour"
        )
    return listed.usd_per_node_hour, listed.as_of
