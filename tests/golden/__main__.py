"""Write the golden programs anew: `python -m tests.golden`, from the root of the checkout.

Read what has changed (`git diff tests/golden`) before it is committed.
"""

import planner
from tests.golden.scenario import FOLDER, NAMES, Golden

if __name__ == "__main__":
    catalog = planner.load_catalog()
    for name in NAMES:
        (FOLDER / f"{name}.lp").write_text(Golden.read(name, catalog).text)
