"""Agreements, from what their own rules write on the bill."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.catalog.agreements import accounts_of, agreement_invoice, resolve_agreements
from planner.domain.agreement import Account, Agreed, SpendCommitment, SpendLimit, Surcharge
from planner.domain.invoice import Covered, SpendSigned, Statement
from planner.domain.period import Period
from planner.domain.plan import Plan, Violation
from planner.units import HOURS_PER_DAY
from planner.verification.charges import ANOTHER_BILL, Charged, agrees
from planner.verification.exact import exact, is_within, total
from planner.verification.facts import Facts
from planner.verification.violations import Expected, broken, differences


@dataclass(frozen=True)
class Ledger:
    """What agreements make of the bill."""

    changes: Mapping[int, Fraction]
    """By period."""
    beyond_usd: Fraction
    faults: tuple[Violation, ...]


def ledger_of(
    plan: Plan, charged: Charged, hours: Charged, base: Facts, periods: Sequence[Period]
) -> Ledger:
    """Every agreement in its order, and what the plan states otherwise.

    `hours` are the accelerator hours that are billed, in the cells of licences.
    """
    agreed = resolve_agreements(base.scenario, base.catalog)
    accounts = accounts_of(agreed, periods)
    spends, faults = _spends(plan, agreed, periods)
    after: dict[int, dict[int, Fraction]] = {}
    changes: defaultdict[int, Fraction] = defaultdict(Fraction)
    beyond = Fraction(0)
    rows: list[tuple[Agreed, Account, Fraction, Fraction]] = []
    paid: dict[tuple[int, str | None], Fraction] = {}
    for row, agreement in enumerate(agreed):
        mine = {n: each for n, each in enumerate(accounts) if each.agreement == row}
        before = {n: _before(each, charged, after) for n, each in mine.items()}
        signed = tuple(each for of, each in spends if of == row)
        if isinstance(agreement.terms, SpendCommitment):
            covered = tuple(_unpaid(mine, charged, paid, base))
        else:
            covered = tuple(_covered(mine, charged, after, base))
        statement = Statement(tuple(periods), covered, signed)
        change: defaultdict[int, Fraction] = defaultdict(Fraction)
        for line in agreement_invoice(base.scenario, row, statement, base.catalog) if mine else ():
            if line.period is None:
                beyond += exact(line.usd)
            else:
                change[line.period] += exact(line.usd)
                changes[line.period] += exact(line.usd)
                if line.node_type is not None:
                    key = (line.period, line.node_type)
                    paid[key] = paid.get(key, Fraction(0)) - exact(line.usd)
        for n, each in mine.items():
            after[n] = {number: usd + change[number] for number, usd in before[n].items()}
            rows.append((agreement, each, total(before[n].values()), total(after[n].values())))
    faults += _line_faults(plan, rows, periods)
    faults += _licence_faults(agreed, charged, hours, base, periods)
    return Ledger(dict(changes), beyond, tuple(faults))


def _before(
    account: Account, charged: Charged, after: Mapping[int, Mapping[int, Fraction]]
) -> dict[int, Fraction]:
    sums = dict.fromkeys(account.periods, Fraction(0))
    for cell in account.cells:
        sums[cell.period] += charged.get(cell, Fraction(0))
    for earlier in account.accounts:
        for number, usd in after[earlier].items():
            sums[number] += usd
    return sums


def _covered(
    mine: Mapping[int, Account],
    charged: Charged,
    after: Mapping[int, Mapping[int, Fraction]],
    base: Facts,
) -> Iterator[Covered]:
    """What an agreement is reckoned from: charges by node type, and what earlier ones leave."""
    pools = list(base.pools.values())
    for account in mine.values():
        for cell in account.cells:
            if cell in charged:
                name = pools[cell.pool].node_type.name
                yield Covered(cell.period, float(charged[cell]), name)
        for earlier in account.accounts:
            for number, usd in after[earlier].items():
                yield Covered(number, float(usd))


def _unpaid(
    mine: Mapping[int, Account],
    charged: Charged,
    paid: Mapping[tuple[int, str | None], Fraction],
    base: Facts,
) -> Iterator[Covered]:
    """Use by node type that no commitment has paid for yet."""
    pools = list(base.pools.values())
    for account in mine.values():
        sums: dict[tuple[int, str], Fraction] = {}
        for cell in account.coverable:
            if cell in charged:
                key = (cell.period, pools[cell.pool].node_type.name)
                sums[key] = sums.get(key, Fraction(0)) + charged[cell]
        for (number, name), usd in sums.items():
            left = max(usd - paid.get((number, name), Fraction(0)), Fraction(0))
            yield Covered(number, float(left), name)


def _spends(
    plan: Plan, agreed: Sequence[Agreed], periods: Sequence[Period]
) -> tuple[list[tuple[int, SpendSigned]], list[Violation]]:
    """Commitments that the scenario allows, and what is wrong with any."""
    names = {each.name: row for row, each in enumerate(agreed)}
    numbers = {each.name: number for number, each in enumerate(periods) if each.is_first}
    found: list[tuple[int, SpendSigned]] = []
    faults: list[Violation] = []
    for row, line in enumerate(plan.commitments):
        where, agreement = f"commitments.{row}", names.get(line.agreement)
        terms = None if agreement is None else agreed[agreement].terms
        if agreement is None or not isinstance(terms, SpendCommitment):
            faults.append(broken(where, f"{line.agreement} is no commitment to spend"))
        elif line.period not in numbers or line.usd_per_hour <= 0:
            faults.append(broken(where, f"nothing like it can be signed in {line.period}"))
        elif any((a, s.period) == (agreement, numbers[line.period]) for a, s in found):
            faults.append(broken(where, "the same commitment has a row already"))
        else:
            number = numbers[line.period]
            found.append((agreement, SpendSigned(number, line.usd_per_hour)))
            end = exact(periods[number].start_hours) + exact(terms.term_hours)
            left = max(end - exact(periods[-1].end_hours), Fraction(0))
            expected: dict[str, Expected] = {
                "end_days": end / HOURS_PER_DAY,
                "beyond_usd": exact(line.usd_per_hour) * left,
            }
            faults += differences(where, line, expected)
    faults += _too_much(found, agreed, periods)
    return found, faults


def _too_much(
    spends: Sequence[tuple[int, SpendSigned]], agreed: Sequence[Agreed], periods: Sequence[Period]
) -> Iterator[Violation]:
    """More committed at once than can be."""
    for row, agreement in enumerate(agreed):
        terms = agreement.terms
        if not isinstance(terms, SpendCommitment) or terms.most_usd_per_hour is None:
            continue
        for period in periods:
            held = total(
                exact(each.usd_per_hour)
                for of, each in spends
                if of == row
                and periods[each.period].start_hours <= period.start_hours
                and periods[each.period].start_hours + terms.term_hours > period.start_hours
            )
            if not is_within(held, exact(terms.most_usd_per_hour)):
                rule = f"commits to more under {agreement.name} than can be in {period.name}"
                yield broken("commitments", rule, held, terms.most_usd_per_hour)


def _licence_faults(
    agreed: Sequence[Agreed],
    charged: Charged,
    hours: Charged,
    base: Facts,
    periods: Sequence[Period],
) -> Iterator[Violation]:
    """Licences whose rules write another bill than the one that was planned with."""
    billed: defaultdict[int, Fraction] = defaultdict(Fraction)
    for row, agreement in enumerate(agreed):
        if isinstance(agreement.terms, Surcharge):
            covered = tuple(
                Covered(cell.period, float(number))
                for cell, number in hours.items()
                if cell.pool in agreement.pools
            )
            statement = Statement(tuple(periods), covered)
            for line in agreement_invoice(base.scenario, row, statement, base.catalog):
                billed[line.period or 0] += exact(line.usd)
    planned: defaultdict[int, Fraction] = defaultdict(Fraction)
    for cell, usd in charged.items():
        if cell.kind == "licence":
            planned[cell.period] += usd
    for number, period in enumerate(periods):
        if not agrees(planned[number], billed[number]):
            rule = f"licence in {period.name} {ANOTHER_BILL}"
            yield broken("invoice", rule, planned[number], billed[number])


def _line_faults(
    plan: Plan,
    rows: Sequence[tuple[Agreed, Account, Fraction, Fraction]],
    periods: Sequence[Period],
) -> Iterator[Violation]:
    """Rows of agreements that are not what their windows come to."""
    wanted = {
        (agreement.name, periods[account.periods[0]].name): (agreement, account, before, after)
        for agreement, account, before, after in rows
        if before or after
    }
    stated = {(line.agreement, line.first_period): line for line in plan.agreements}
    if list(stated) != list(wanted) or len(stated) != len(plan.agreements):
        yield broken("agreements", "must have one row for every window with charges, in order")
    for key, (agreement, account, before, after) in wanted.items():
        line = stated.get(key)
        where = f"agreement {agreement.name}, {key[1]}"
        limit = agreement.terms
        if isinstance(limit, SpendLimit) and not is_within(before, exact(limit.most_usd)):
            yield broken(where, "comes to more than the limit", before, limit.most_usd)
        if line is None:
            continue
        expected: dict[str, Expected] = {
            "rule": agreement.rule,
            "last_period": periods[account.periods[-1]].name,
        }
        yield from differences(where, line, expected)
        for name, usd in (("amount_usd", before), ("paid_usd", after)):
            if not agrees(exact(getattr(line, name)), usd, before):
                rule = f"{agreement.rule} {ANOTHER_BILL}"
                yield broken(f"{where}.{name}", rule, getattr(line, name), usd)
