"""What raw files seem to be: which shared table, which column is which, and from what that was guessed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from config.datasets import DATASETS
from config.export_templates import template_for
from tasks.looks.meanings import FIVE_STARS, FREE_STEMS
from tasks.sources.guessing import day_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.export_template import ExportTemplate
    from tasks.looks.profiles import ColumnProfile, FileProfile

CUSTOMER = (
    r"^(customer|client|account|seller|subscriber|member|user|buyer|company|contact|kunden?|konto|organization)"
    r"(_?(id|no|nr|number|key|code|nummer))?$"
)
AMOUNT = (
    "net_|^net$|amount_net|^amount$|line_total|subtotal|net_amount|amount|total_price|order_total|^total$|revenue|^price$"
    "|betrag|umsatz|price|total|value"
)
QUANTITY, UNIT_PRICE = "^quantity$|^qty$|^menge$|^units$", "unit_price|price_each|item_price|einzelpreis|^price$"
RECURRING = "mrr|recurring|monthly|arr_|^arr$|subtotal|plan_amount|^net$|net_|amount|price|fee|value"
STARTS = "start|begin|from|activated|signed|valid_from|beginn"
ENDS = "^end|_end|until|expire|cancel|terminat|valid_to|^to$|ende"
LEFT = "churn_|cancel|depart|left|leav|terminat|kuendig"
SCORE = "nps|score|rating|satisfaction|csat|stars"
WON = "^won|won_|closed_won|win_date"
BOUGHT = "purchase|order_date|ordered|invoice_date|invoice|sale|bought|paid|created|booking|date|day|datum"
OPENED = "opened|submitted|created|reported|open|start"
CLOSED = "closed|solved|resolved"
TICKET = "ticket|case|issue|request|complaint"
CHANNEL = "^channel$|^origin$|lead_source|^source$|referral_source|channel|utm_source"
GROUPS = "region|country|state|industry|segment|tier|plan|type|channel|referral_source|category|city"
ID = r"(^|_)(id|no|nr|number|key|code|sku)$|^id_|invoice_?no|stock_?code"
STATUS = "^status$|order_status|^state$|payment_status|financial_status"
MOST_GROUPS, MOST_KEYS, MOST_REASONS = 4, 4, 20
NTH = "nth_of_equal_rows"


@dataclass
class Proposal:
    """One extract as it is proposed."""

    profile: FileProfile
    dataset: str | None
    columns: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: list[str] | str = NTH
    changed_at: str | None = None
    versions: bool = False
    drop_rows_where: dict[str, str] = field(default_factory=dict)
    sql: str | None = None
    source: dict[str, str] | None = None
    """Where it is read from; none: from no place of its own, but by its SQL alone."""
    guesses: list[str] = field(default_factory=list)
    """What was guessed, and from what, in sentences."""
    covers_through: str | None = None
    own_name: str | None = None

    @property
    def name(self) -> str:
        """What the extract is called: as its file, unless it is made of another's rows."""
        return self.own_name or self.profile.name


def proposals_for(profiles: Sequence[FileProfile]) -> list[Proposal]:
    """An extract for each profile, those of customers made of others where no file lists them."""
    customer = _customer_column(profiles)
    proposed = [_proposal(profile, customer) for profile in profiles]
    _choose_one_list([proposal for proposal in proposed if proposal.dataset == "customers"])
    if not any(proposal.dataset == "customers" for proposal in proposed):
        proposed += _customers_of(proposed)
    last = _last_day(profiles)
    for proposal in proposed:
        if proposal.dataset == "contracts" and last:
            proposal.covers_through = last
            proposal.guesses.append(f"`covers_through: {last}` is the latest day that is not an end in any of the files")
    return proposed


def states_without_sale(proposal: Proposal) -> list[str]:
    """States of purchases that are called as those are in which nothing was sold, or nothing yet."""
    if proposal.dataset != "purchases" or "status" not in proposal.columns:
        return []
    column = next(column for column in proposal.profile.columns if column.name == proposal.columns["status"])
    return sorted({text for text in column.texts if any(stem in text.casefold() for stem in FREE_STEMS)})


def has_five_stars(proposal: Proposal) -> bool:
    """Whether it is a survey of whose scores none is above 5."""
    column = next((column for column in proposal.profile.columns if column.name == proposal.columns.get("score")), None)
    scores = [float(text) for text in column.texts if re.fullmatch(r"\d+(\.\d+)?", text)] if column else []
    return proposal.dataset == "surveys" and 1 < max(scores, default=0) <= FIVE_STARS


def _choose_one_list(lists: Sequence[Proposal]) -> None:
    """Of several files in which every customer stands once, the longest is the list of customers; the others are only joined."""
    for proposal in sorted(lists, key=lambda one: one.profile.columns[0].rows_count)[:-1]:
        proposal.dataset, proposal.columns, proposal.attributes = None, {}, {}
        proposal.guesses = [
            "every customer stands here once, and another file has more of them: it is only read where another's `sql` names it"
        ]


def _customer_column(profiles: Sequence[FileProfile]) -> str | None:
    """The plain name of the column that names the customer: one that several files have, and that is called as customers are."""
    files = Counter(column.plain for profile in profiles for column in profile.columns)
    unique = {column.plain for profile in profiles for column in profile.columns if column.is_unique}

    def score(plain: str) -> tuple[int, int]:
        is_called_so, is_shared = bool(re.search(CUSTOMER, plain)), files[plain] > 1
        return 3 * is_called_so + 2 * (files[plain] - 1) + (is_shared and plain in unique), -len(plain)

    candidates = [plain for plain in files if re.search(CUSTOMER, plain)]
    return max(candidates, key=score, default=None)


def _proposal(profile: FileProfile, customer: str | None) -> Proposal:
    template = template_for(profile.headings)
    if template:
        return _by_template(profile, template)
    who = next((column for column in profile.columns if column.plain == customer), None)
    for guess in (_contracts, _departures, _deals, _tickets, _surveys, _purchases, _customers, _leads):
        proposal = guess(profile, who)
        if proposal:
            proposal.key = _key(profile) if proposal.key == NTH else proposal.key
            proposal.source = proposal.source or profile.source
            listed = ", ".join(f"{ours} from `{theirs}`" for ours, theirs in proposal.columns.items())
            proposal.guesses.insert(0, f"{proposal.dataset}: {listed}")
            return proposal
    return Proposal(
        profile,
        None,
        key=_key(profile),
        source=profile.source,
        guesses=["nothing that is known by these headings: it is only read where another extract's `sql` names it"],
    )


def _by_template(profile: FileProfile, template: ExportTemplate) -> Proposal:
    proposal = Proposal(profile, template.dataset, dict(template.columns), constants=dict(template.constants), source=profile.source)
    proposal.key, proposal.codes = list(template.key), {ours: dict(codes) for ours, codes in template.codes.items()}
    proposal.guesses = [f"{template.title}, by its headings (seen in {template.seen_in})", *([template.note] if template.note else [])]
    proposal.changed_at, proposal.versions = template.changed_at, template.versions
    proposal.drop_rows_where = dict(template.drop_rows_where)
    if template.expressions:
        replaced = ", ".join(f"{expression.format(_quoted(name))} AS {_quoted(name)}" for name, expression in template.expressions.items())
        proposal.sql = f"SELECT * REPLACE ({replaced}) FROM {profile.name}"  # noqa: S608 - written for a person, run in the sandbox
    if template.dataset == "customers":
        proposal.attributes = _groups(profile, used=set(template.columns.values()))
    return proposal


def _quoted(name: str) -> str:
    return f'"{name}"'


def _days(profile: FileProfile) -> list[ColumnProfile]:
    return [column for column in profile.columns if column.dates]


def _numbers(profile: FileProfile, who: ColumnProfile | None = None) -> list[ColumnProfile]:
    return [column for column in profile.columns if column.marks and not column.dates and column != who and not re.search(ID, column.plain)]


def _contracts(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    days = _days(profile)
    starts, amount = profile.named(STARTS, among=days), profile.named(RECURRING, among=_numbers(profile, who))
    ends = profile.named(ENDS, among=[day for day in days if day != starts])
    if not (who and starts and ends and amount):
        return None
    proposal = Proposal(
        profile, "contracts", {"customer_id": who.name, "starts_on": starts.name, "ends_on": ends.name, "recurring_amount": amount.name}
    )
    per = profile.named("billing_frequency|billing_period|interval|billed|frequency|turnus|^per$")
    if re.search("mrr|month", amount.plain) or not per:
        proposal.constants["recurring_per"] = "year" if re.search(r"\barr|annual|year", amount.plain) else "month"
        word = proposal.constants["recurring_per"]
        proposal.guesses.append(f"`{amount.name}` recurs every {word}, by its name")
    else:
        proposal.columns["recurring_per"] = per.name
        proposal.codes["recurring_per"] = {text: _per(text) for text in dict.fromkeys(per.texts)}
    _add(
        proposal,
        profile,
        {"product_group": "plan|product|tier", "seats_count": "seats|licen|quantity", "contract_id": "^subscription_id|^contract"},
    )
    return proposal


def _per(text: str) -> str:
    stems = {"half": "half_year", "month": "month", "quart": "quarter", "year": "year", "annual": "year", "week": "week"}
    return next((word for stem, word in stems.items() if stem in text.lower()), "month")


def _departures(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    days, reason = _days(profile), profile.named("reason|grund|why")
    day = profile.named(LEFT, among=days) or (days[0] if days and reason and re.search(LEFT, profile.name) else None)
    if not (who and day):
        return None
    proposal = Proposal(profile, "departures", {"customer_id": who.name, "departed_on": day.name})
    if reason and reason.distinct_count <= MOST_REASONS:
        proposal.columns["reason_code"] = reason.name
        proposal.codes["reason_code"] = {text: _small(text) for text in sorted(set(reason.texts))}
        proposal.guesses.append(f"the reasons are the {reason.distinct_count} codes of `{reason.name}`, in their own words")
    return _add(proposal, profile, {"comment": "comment|feedback"})


def _small(text: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "other"
    return plain if plain[0].isalpha() else f"reason_{plain}"


def _deals(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    day = profile.named(WON, among=_days(profile))
    if not day:
        return None
    columns = {"won_on": day.name} | ({"customer_id": who.name} if who else {})
    lead = profile.named("lead_id|mql_id|prospect_id")
    return _add(Proposal(profile, "deals", columns | ({"lead_id": lead.name} if lead else {})), profile, {"channel": CHANNEL})


def _tickets(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    ticket, opened = profile.named(TICKET), profile.named(OPENED, among=_days(profile))
    if not (who and ticket and opened):
        return None
    proposal = Proposal(profile, "tickets", {"ticket_id": ticket.name, "customer_id": who.name, "opened_on": opened.name})
    closed = profile.named(CLOSED, among=_days(profile))
    if closed:
        proposal.columns["closed_on"] = closed.name
    return proposal


def _surveys(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    score, days = profile.named(SCORE, among=_numbers(profile, who)), _days(profile)
    if not (who and score and days):
        return None
    day = profile.named("answer|submit|date", among=days) or days[0]
    proposal = Proposal(profile, "surveys", {"customer_id": who.name, "answered_on": day.name, "score": score.name})
    if has_five_stars(proposal):
        proposal.guesses.append("scores go to 5: 5 is a promoter, 3 and less a detractor (`experience`)")
    return proposal


def _purchases(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    days, numbers = _days(profile), _numbers(profile, who)
    day = profile.named(BOUGHT, among=days) or (days[0] if days else None)
    quantity, price = profile.named(QUANTITY, among=numbers), profile.named(UNIT_PRICE, among=numbers)
    amount = profile.named(AMOUNT, among=[number for number in numbers if not (quantity and number == price)])
    if not (who and day and (amount or (quantity and price))) or who.is_unique:
        return None
    proposal = Proposal(
        profile, "purchases", {"customer_id": who.name, "purchased_on": day.name, "amount": amount.name if amount else "amount"}
    )
    if not amount and quantity and price:
        product = f"CAST({_quoted(quantity.name)} AS DECIMAL(12, 3)) * CAST({_quoted(price.name)} AS DECIMAL(12, 3))"
        proposal.sql = f"SELECT *, CAST({product} AS DECIMAL(18, 4)) AS amount FROM {profile.name}"  # noqa: S608 - run in the sandbox
        proposal.key = "place_in_file"
        proposal.guesses.append(f"the amount is `{quantity.name}` x `{price.name}`, since no column is called as a total is")
    return _add(
        proposal, profile, {"status": STATUS, "currency": "^currency$|order_currency", "purchase_id": "invoice_?no|^order_id$|^order_no"}
    )


def _customers(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    if not (who and who.is_unique):
        return None
    proposal = Proposal(profile, "customers", {"customer_id": who.name})
    day = profile.named("signup|created|since|joined|registered", among=_days(profile))
    if day:
        proposal.columns["created_on"] = day.name
    _add(proposal, profile, {"customer_name": "^name$|customer_name|account_name|company_name", "email": "^e_?mail$"})
    proposal.attributes = _groups(profile, used=set(proposal.columns.values()))
    proposal.guesses.append(f"customers are those whose `{who.name}` stands here, once each")
    return proposal


def _leads(profile: FileProfile, who: ColumnProfile | None) -> Proposal | None:
    days, channel = _days(profile), profile.named(CHANNEL)
    if not (days and channel) or who:
        return None
    return _add(
        Proposal(profile, "leads", {"created_on": days[0].name, "channel": channel.name}), profile, {"lead_id": "lead_id|mql_id|^id$"}
    )


def _add(proposal: Proposal, profile: FileProfile, wanted: dict[str, str]) -> Proposal:
    """The proposal with further columns, where the file has one that is called so and is not used for anything else."""
    for ours, pattern in wanted.items():
        column = profile.named(pattern, among=[column for column in profile.columns if column.name not in proposal.columns.values()])
        if column:
            proposal.columns[ours] = column.name
    return proposal


def _groups(profile: FileProfile, *, used: set[str]) -> dict[str, str]:
    """Columns that group customers: called as groups are, with few different values."""
    there = [column for column in profile.columns if column.has_groups and column.name not in used and re.search(GROUPS, column.plain)]
    return {
        _small(column.plain): column.name
        for column in there[:MOST_GROUPS]
        if _small(column.plain) not in DATASETS["customers"].column_names
    }


def _key(profile: FileProfile) -> list[str] | str:
    """The columns that identify a row, where there are some called as keys are; else the rows themselves."""
    ids = [column for column in profile.columns if re.search(ID, column.plain)]
    single = next((column for column in (*ids, *profile.columns) if column.is_unique and not column.dates and not column.marks), None)
    single = single or next((column for column in ids if column.is_unique), None)
    if single:
        return [single.name]
    for pair in combinations(ids[:MOST_KEYS], 2):
        rows = list(zip(*(column.texts for column in pair), strict=False))
        is_dense = all(column.filled_count == column.rows_count for column in pair)
        if is_dense and pair[0].distinct_count > pair[0].rows_count // 2 and len(set(rows)) == len(rows):
            return [column.name for column in pair]
    return NTH


def _customers_of(proposed: Sequence[Proposal]) -> list[Proposal]:
    """Customers as the purchases or contracts name them, where no file lists them; with the groups of their earliest row."""
    source = next((proposal for proposal in proposed if proposal.dataset in {"contracts", "purchases"}), None)
    if source is None:
        return []
    who = source.columns["customer_id"]
    groups = _groups(source.profile, used={*source.columns.values()})
    picked = "".join(f", arg_min({_quoted(name)}, source_row) AS {_quoted(name)}" for name in groups.values())
    sql = f"SELECT {_quoted(who)}{picked} FROM {source.name} WHERE {_quoted(who)} IS NOT NULL GROUP BY ALL"  # noqa: S608 - run in the sandbox
    guess = f"no file lists customers: they are those whom {source.name} names, with the groups of their first row"
    return [Proposal(source.profile, "customers", {"customer_id": who}, groups, key=[who], sql=sql, guesses=[guess], own_name="customers")]


def _last_day(profiles: Sequence[FileProfile]) -> str | None:
    """The latest day in any column that is no end."""
    days = [
        day
        for profile in profiles
        for column in profile.columns
        if not re.search(ENDS, column.plain)
        for text in column.texts
        if (day := next(filter(None, (day_in(text.strip(), pattern) for pattern in column.dates)), None))
    ]
    return max(days).isoformat() if days else None
