"""Agreements of a scenario: what they mean, what they cover, in which order they add up."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pydantic import ValidationError

from planner.catalog.blame import answered, blamed
from planner.catalog.calendar import calendar_of
from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.record_faults import record_faults
from planner.domain.agreement import (
    Account,
    Agreed,
    Agreement,
    AgreementRule,
    AgreementTerms,
    Cell,
    PaymentCurve,
    SpendCommitment,
    SpendLimit,
    Surcharge,
)
from planner.domain.contribution import Origin
from planner.domain.invoice import InvoiceLine, Statement
from planner.domain.option import Pool
from planner.domain.period import Period, window_of
from planner.domain.record import Record
from planner.domain.scenario import Scenario
from planner.errors import Fault, InputError


def resolve_agreements(scenario: Scenario, catalog: Catalog) -> tuple[Agreed, ...]:
    """Every agreement with its terms and the offers that it covers.

    Raises:
        InputError: parameters that a rule refuses, charges that nobody makes, or agreements that
            overlap; fields count from the scenario.
        PluginError: a rule fails.
    """
    agreed, faults = _agreed(scenario, catalog)
    if not faults:
        faults += _overlap_faults(scenario, agreed)
    if faults:
        raise InputError(tuple(faults))
    return tuple(agreed)


def licensed(pools: Sequence[Pool], agreed: Sequence[Agreed]) -> tuple[Pool, ...]:
    """Pools with what software costs on their nodes."""
    licences = [each for each in agreed if isinstance(each.terms, Surcharge)]
    return tuple(
        replace(pool, licence_usd_per_node_hour=usd * pool.node_type.accelerators_per_node)
        if (usd := sum(_surcharge(each) for each in licences if row in each.pools))
        else pool
        for row, pool in enumerate(pools)
    )


def _surcharge(agreed: Agreed) -> float:
    return agreed.terms.usd_per_accelerator_hour if isinstance(agreed.terms, Surcharge) else 0.0


def agreement_faults(scenario: Scenario, catalog: Catalog) -> tuple[Fault, ...]:
    """What is wrong with the agreements of a scenario; unknown rules are passed over.

    Raises:
        PluginError: a rule fails.
    """
    agreed, faults = _agreed(scenario, catalog)
    return (*faults, *([] if faults else _overlap_faults(scenario, agreed)))


def accounts_of(agreed: Sequence[Agreed], periods: Sequence[Period]) -> tuple[Account, ...]:
    """What every agreement adds up in each of its windows, in the order of the agreements."""
    accounts: list[Account] = []
    holder: dict[Cell, int] = {}
    for row, each in enumerate(agreed):
        for numbers, cells in _windows(each, periods):
            within = sorted({holder[cell] for cell in cells if cell in holder})
            free = tuple(cell for cell in cells if cell not in holder)
            coverable = cells if isinstance(each.terms, SpendCommitment) else ()
            accounts.append(Account(row, numbers, free, tuple(within), coverable))
            if not isinstance(each.terms, SpendLimit):
                holder.update(dict.fromkeys(cells, len(accounts) - 1))
    return tuple(accounts)


def agreement_invoice(
    scenario: Scenario, row: int, statement: Statement, catalog: Catalog
) -> tuple[InvoiceLine, ...]:
    """How an agreement of a checked scenario changes the bill.

    Raises:
        PluginError: the rule fails.
    """
    agreement = scenario.agreements[row]
    rule = catalog.agreement_rules[agreement.rule]
    origin, what = _blame(agreement, catalog)
    with blamed(origin, what):
        lines = tuple(rule.invoice(_parameters(rule, agreement), statement))
    return tuple(answered(line, InvoiceLine, origin, what) for line in lines)


def _windows(
    agreed: Agreed, periods: Sequence[Period]
) -> Iterator[tuple[tuple[int, ...], tuple[Cell, ...]]]:
    """Periods of every window, and the charges that the agreement covers in it."""
    if isinstance(agreed.terms, Surcharge):
        return
    until = agreed.terms.until_hours if isinstance(agreed.terms, PaymentCurve) else None
    groups: defaultdict[float, list[int]] = defaultdict(list)
    for number, period in enumerate(periods):
        if until is None or period.is_within(0.0, until):
            groups[_window(agreed.terms, number, period)].append(number)
    for numbers in groups.values():
        yield (
            tuple(numbers),
            tuple(
                Cell(pool, kind, number)
                for number in numbers
                for pool in sorted(agreed.pools)
                for kind in sorted(agreed.charges)
            ),
        )


def _window(
    terms: SpendCommitment | PaymentCurve | SpendLimit, number: int, period: Period
) -> float:
    """What tells its window from others; committed spend pays for each hour by itself."""
    return number if isinstance(terms, SpendCommitment) else window_of(terms.window, period)


def _agreed(scenario: Scenario, catalog: Catalog) -> tuple[list[Agreed], list[Fault]]:
    found: list[Agreed] = []
    faults: list[Fault] = []
    for row, agreement in enumerate(scenario.agreements):
        rule = catalog.agreement_rules.get(agreement.rule)
        if rule is None:
            continue
        try:
            terms = _terms(rule, agreement, catalog)
        except ValidationError as error:
            prefix = f"agreements.{row}.parameters"
            faults += record_faults(error, rule.parameters, scenario.scenario, prefix)
            continue
        except ValueError as error:
            faults.append(Fault(scenario.scenario, str(error), field=f"agreements.{row}"))
            continue
        charges = frozenset(agreement.covers.charges or rule.charges)
        pools = frozenset(_covered(agreement, scenario))
        each = Agreed(agreement.name, agreement.rule, terms, pools, charges)
        found.append(each)
        faults += _own_faults(scenario, row, each)
    return found, faults


def _terms(rule: AgreementRule, agreement: Agreement, catalog: Catalog) -> AgreementTerms:
    """Raises ValueError where the rule refuses; PluginError where it fails."""
    parameters = _parameters(rule, agreement)
    origin, what = _blame(agreement, catalog)
    with blamed(origin, what, allowed=ValueError):
        terms = rule.terms(parameters)
    if isinstance(terms, PaymentCurve | SpendCommitment | SpendLimit | Surcharge):
        return terms
    return answered(terms, PaymentCurve, origin, what)


def _parameters(rule: AgreementRule, agreement: Agreement) -> Record:
    parameters: Record = rule.parameters.model_validate_json(json.dumps(agreement.parameters))
    return parameters


def _blame(agreement: Agreement, catalog: Catalog) -> tuple[Origin, str]:
    origin = catalog.origins[("agreement_rules", agreement.rule)]
    return origin, f"agreement rule {agreement.rule}"


def _covered(agreement: Agreement, scenario: Scenario) -> Iterator[int]:
    """Rows of the offers that an agreement is about."""
    covers = agreement.covers
    offers = ((site.name, offer) for site in scenario.sites for offer in site.capacity)
    for row, (site, offer) in enumerate(offers):
        if (
            (covers.sites is None or site in covers.sites)
            and (covers.node_types is None or offer.node_type in covers.node_types)
            and (
                covers.purchases is None
                or offer.label in covers.purchases
                or offer.purchase in covers.purchases
            )
        ):
            yield row


def _own_faults(scenario: Scenario, row: int, agreed: Agreed) -> Iterator[Fault]:
    """What is wrong with one agreement by itself."""
    covers, source = scenario.agreements[row].covers, scenario.scenario
    offers = [offer for site in scenario.sites for offer in site.capacity]
    known = {
        "sites": {site.name for site in scenario.sites},
        "node_types": {offer.node_type for offer in offers},
        "purchases": {each for offer in offers for each in (offer.label, offer.purchase)},
    }
    field = f"agreements.{row}.covers"
    missing = [
        Fault(source, "is offered nowhere in this scenario", field=f"{field}.{name}.{place}",
              value=shown(stated))
        for name, names in known.items()
        for place, stated in enumerate(getattr(covers, name) or ())
        if stated not in names
    ]  # fmt: skip
    yield from missing
    if not missing and not agreed.pools:
        yield Fault(source, "covers no offer of this scenario", field=f"agreements.{row}")
    terms = agreed.terms
    if isinstance(terms, PaymentCurve) and "capital" in agreed.charges:
        rule = (
            "hardware is bought for longer than the horizon, so `capital` can have a budget only:"
            " state a rebate in its price"
        )
        yield Fault(source, rule, field=f"agreements.{row}.covers.charges")
    if isinstance(terms, PaymentCurve):
        starts = [each.from_usd for each in terms.segments]
        if not starts or starts[0] != 0 or any(b <= a for a, b in pairwise(starts)):
            rule = "its segments must begin at 0 and ascend"
            yield Fault(source, rule, field=f"agreements.{row}")
    if isinstance(terms, SpendCommitment):
        if agreed.charges != {"usage"}:
            rule = "a commitment to spend covers `usage` and nothing else"
            yield Fault(source, rule, field=f"agreements.{row}.covers.charges")
        types = {offers[pool].node_type for pool in agreed.pools}
        for node_type, _ in terms.discounts:
            if node_type not in types:
                rule = "discounts a node type of which it covers no offer"
                yield Fault(source, rule, field=f"agreements.{row}", value=shown(node_type))


def _overlap_faults(scenario: Scenario, agreed: Sequence[Agreed]) -> list[Fault]:
    """Agreements that take up a part of what an earlier one has put together."""
    periods = calendar_of(scenario.horizon).periods
    accounts = accounts_of(agreed, periods)
    covered = {
        number: frozenset(cells)
        for number, cells in enumerate(
            cells for each in agreed for _, cells in _windows(each, periods)
        )
    }
    faults: dict[int, Fault] = {}
    for number, account in enumerate(accounts):
        row = account.agreement
        for earlier in account.accounts:
            name = agreed[accounts[earlier].agreement].name
            if isinstance(agreed[row].terms, SpendCommitment):
                if accounts[earlier].coverable == account.coverable:
                    continue
                rule = (
                    f"must come before {name}, which covers some of the same charges; two"
                    " commitments to spend may follow each other where they cover the same offers"
                )
            elif not covered[earlier] <= covered[number]:
                rule = (
                    f"covers some of what {name}, above it, covers, but not all of it, or over a"
                    " shorter time: cover all of it over the same or a longer window, or none, or"
                    " list it above"
                )
            else:
                continue
            field = f"agreements.{row}"
            faults.setdefault(row, Fault(scenario.scenario, rule, field=field))
    return list(faults.values())
