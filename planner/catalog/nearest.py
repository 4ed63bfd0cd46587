"""Did you mean ...?"""

from collections.abc import Iterable
from difflib import get_close_matches

SUGGESTIONS = 3
SIMILARITY = 0.45


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Known names that look like `name`, best first; names that contain it count as alike."""
    folded = {each.casefold(): each for each in sorted(known, reverse=True)}
    wanted = name.casefold()
    containing = sorted(
        (each for each in folded if wanted in each), key=lambda each: (len(each), each)
    )
    close = get_close_matches(wanted, folded, n=SUGGESTIONS, cutoff=SIMILARITY)
    ordered = dict.fromkeys([*containing, *close])
    return tuple(folded[each] for each in list(ordered)[:SUGGESTIONS])


def suggestion(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known names; empty when nothing is near."""
    names = nearest(name, known)
    return f"did you mean {' or '.join(names)}?" if names else ""
