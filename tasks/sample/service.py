"""The extracts of the service silo: tickets, answers to surveys, departures with their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.bridges import Claims, claims_from
from tasks.sample.chance import Flags, Numbers, below, between, happens, one_of
from tasks.sample.departing import DEPARTURE_CODES, UNMAPPED, UNMAPPED_CODE, departures_of
from tasks.sample.orders import NEVER_ISSUED
from tasks.sample.plan import COVERED_THROUGH
from tasks.sample.purchases import prospects_count
from tasks.sample.wording import GERMAN_DAY, customer_no, days, moment, padded, text_from
from tasks.sample.workshop import Dirt, own_columns, picked_rows

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.plan import Plan, Spells
    from tasks.sample.workshop import Workshop

TOPICS = ("Delivery late", "Machine fault", "Invoice", "Taste", "Contract question", "Praise")
STAGES = ("Ordering", "Delivery", "Use", "Payment", "Renewal")
IS_COMPLAINT = (True, True, True, True, False, False)
OCCASIONS = ("after ticket", "quarterly")
COMMENTS = (
    "The parcel came late,\nagain.",
    'They said "tomorrow",\n\nthen nothing.',
    "Friendly, quick; thank you!",
    "Too bitter for us",
    "Why a delivery fee now?\nWe will look elsewhere.",
    "☕ lovely",
)
NOTES = ("", "Anruf am Vormittag", "Schreiben liegt bei: dreimal gemahnt", "spricht über „Ärger“, Rückruf?", "Gebühr von 4,90 €")
TICKETS_PER_MILLE = 210
MORE_TICKETS_BEFORE_THE_END_PER_MILLE = 160
ANSWERED_PER_MILLE = 380


@dataclass(frozen=True)
class Tickets:
    """Tickets in order of days; a ticket's number is its place."""

    day: Numbers
    closed_on: Numbers
    customer: Numbers
    topic: Numbers
    is_before_the_end: Flags

    @property
    def numbers(self) -> Numbers:
        """Their numbers, from 0 on."""
        return np.arange(len(self.day), dtype=np.int64)

    @property
    def is_closed(self) -> Flags:
        """Whether it is closed by the last covered day."""
        return self.closed_on <= COVERED_THROUGH

    @property
    def is_complaint(self) -> Flags:
        """Whether it is a complaint."""
        return np.asarray(IS_COMPLAINT)[self.topic]


def write_tickets(shop: Workshop, plan: Plan) -> Tickets:
    """Tickets with texts of several lines, instants in universal time, some still open."""
    tickets = tickets_of(plan.spells)
    numbers = np.arange(len(tickets.day), dtype=np.int64)
    columns = {
        **own_columns("tickets", tickets.day),
        "customer": tickets.customer,
        "opened": days(tickets.day),
        "closed": days(tickets.closed_on, known=tickets.is_closed),
        "topic": text_from(TOPICS, tickets.topic),
        "complaint": text_from(("no", "yes"), tickets.is_complaint.astype(np.int64)),
        "stage": text_from(STAGES, one_of("stage", numbers, weights=(15, 30, 30, 15, 10))),
        "comment": text_from(COMMENTS, below("ticket text", numbers, limit=len(COMMENTS))),
    }
    rows = shop.spoilt("tickets", _ticket_rows(shop.table("tickets_numbers", columns)), dirts=_ticket_dirt())
    shop.write_csv(rows, "service/tickets.csv")
    return tickets


def tickets_of(spells: Spells) -> Tickets:
    """The tickets of the plan's customers, in order of days."""
    place = spells.customer * 10 + spells.started_on
    usual, late = (
        happens("ticket", place, per_mille=TICKETS_PER_MILLE),
        happens("late", place, per_mille=MORE_TICKETS_BEFORE_THE_END_PER_MILLE),
    )
    last_day = np.minimum(spells.ended_on - 1, COVERED_THROUGH)
    any_day = between("ticket on", place, first=spells.started_on, last=last_day)
    late_day = between("late ticket on", place, first=np.maximum(spells.started_on, last_day - 60), last=last_day)
    late &= spells.is_over
    day = np.concatenate([any_day[usual], late_day[late]])
    customer = np.concatenate([spells.customer[usual], spells.customer[late]])
    is_before_the_end = np.repeat([False, True], [usual.sum(), late.sum()])
    order = np.lexsort((customer, is_before_the_end, day))
    day, customer, is_before_the_end = day[order], customer[order], is_before_the_end[order]
    numbers = np.arange(len(day), dtype=np.int64)
    topic = np.where(is_before_the_end, below("complaint", numbers, limit=4), one_of("topic", numbers, weights=(18, 16, 16, 10, 20, 20)))
    return Tickets(day, day + below("closed after", numbers, limit=21), customer, topic, is_before_the_end)


def _ticket_rows(numbers: Table) -> Table:
    # Between 06:00 and 20:00 in universal time, a day is the same day in Berlin.
    second = numbers.lot % 50_400 + 21_600
    written = {
        "Ticket ID": (numbers.row + 100_001).cast("string"),
        "Requester external ID": customer_no(numbers.customer),
        "Created at": moment(numbers.opened, second, between="T") + "Z",
        "Solved at": moment(numbers.closed, second, between="T") + "Z",
        "Topic": numbers.topic,
        "Journey stage": numbers.stage,
        "Complaint": numbers.complaint,
        "Description": numbers.comment,
        "Updated at": moment(numbers.opened, second, between="T") + "Z",
    }
    return numbers.select("row", "sorted_on", "lot", "cents", **written)


def tickets_that_count(tickets: Tickets, *, scale: float) -> Numbers:
    """Numbers of the tickets that count, sound ones and copies under keys of their own that are kept and noted."""
    kept = [dirt for dirt in _ticket_dirt() if dirt.handled == "noted"]
    copies = (picked_rows("tickets", dirt, among=tickets.numbers, scale=scale) for dirt in kept)
    return np.concatenate([tickets.numbers, *copies])


def _ticket_dirt() -> tuple[Dirt, ...]:
    key = "Ticket ID"
    return (
        Dirt("exact_duplicate", 45, "superseded", {}),
        Dirt("closed_before_opened", 12, "noted", {"Solved at": "2021-12-01T09:00:00Z"}, key=key),
        Dirt("customer_missing", 30, "set_aside", {"Requester external ID": ibis.null("string")}, key=key),
        Dirt(
            "customer_unknown", 16, "set_aside", lambda rows: {"Requester external ID": (rows.row + NEVER_ISSUED).cast("string")}, key=key
        ),
        Dirt("unreadable_day", 9, "set_aside", {"Created at": "yesterday"}, key=key),
    )


def write_surveys(shop: Workshop, tickets: Tickets) -> None:
    """Answers with three rows of headings; they know the ticket, not the customer."""
    answered = tickets.closed_on + 1 + below("answered after", np.arange(len(tickets.day), dtype=np.int64), limit=9)
    is_answered = happens("answers", np.arange(len(tickets.day), dtype=np.int64), per_mille=ANSWERED_PER_MILLE) & (
        answered <= COVERED_THROUGH
    )
    ticket = np.flatnonzero(is_answered)
    ticket = ticket[np.lexsort((ticket, answered[ticket]))]
    best, worst = between("score", ticket, first=5, last=10), between("low score", ticket, first=0, last=7)
    columns = {
        **own_columns("surveys", answered[ticket]),
        "day": days(answered[ticket]),
        "ticket": ticket + 100_001,
        "score": np.where(tickets.is_before_the_end[ticket], worst, best),
        "comment": text_from(COMMENTS, below("comment", ticket, limit=len(COMMENTS))),
        "occasion": text_from(OCCASIONS, below("occasion", ticket, limit=len(OCCASIONS))),
    }
    rows = shop.spoilt("surveys", _survey_rows(shop.table("surveys_numbers", columns)), dirts=_survey_dirt())
    path = "service/survey_answers.csv"
    shop.write_csv(rows, path)
    _put_in_further_headings(shop, path)


def _survey_rows(numbers: Table) -> Table:
    written = {
        "ResponseId": ibis.literal("R_") + padded(numbers.row + 1, 8),
        "EndDate": moment(numbers.day, numbers.lot % 50_400 + 21_600),
        "Q1_NPS": numbers.score.cast("string"),
        "Q2_Comment": numbers.comment,
        "Occasion": numbers.occasion,
        "Ticket": numbers.ticket.cast("string"),
    }
    return numbers.select("row", "sorted_on", "lot", "cents", **written)


def _survey_dirt() -> tuple[Dirt, ...]:
    key = "ResponseId"
    return (
        Dirt("exact_duplicate", 14, "superseded", {}),
        Dirt("score_out_of_range", 11, "set_aside", {"Q1_NPS": "99"}, key=key),
        Dirt("score_unreadable", 6, "set_aside", {"Q1_NPS": "ten"}, key=key),
        Dirt("ticket_unknown", 8, "set_aside", {"Ticket": "999"}, key=key),
    )


def _put_in_further_headings(shop: Workshop, path: str) -> None:
    """The survey tool's second and third row of headings: the question, and its import id as JSON."""
    file = shop.folder / path
    names, rows = file.read_bytes().split(b"\n", 1)
    questions = b'"Response ID","End Date","How likely are you to recommend us,\nfrom 0 to 10?","Why?","Occasion","Ticket"'
    ids = b",".join(b'"{""ImportId"":""%s""}"' % name for name in names.split(b","))
    file.write_bytes(b"\n".join([names, questions, ids, rows]))


def write_departures(shop: Workshop, plan: Plan) -> None:
    """Customers who told us that they leave, and why, in a Windows file with the desk's own codes."""
    told = departures_of(plan)
    shop.noted("departures", "reason_code_unmapped", rows=int((told.code == UNMAPPED).sum()))
    numbers = np.arange(len(told.code), dtype=np.int64)
    columns = {
        **own_columns("departures", told.day),
        "customer": told.customer,
        "day": days(told.day),
        "code": text_from((*DEPARTURE_CODES, UNMAPPED_CODE), told.code),
        "note": text_from(NOTES, one_of("note", numbers, weights=(70, 10, 8, 6, 6))),
    }
    rows = shop.spoilt("departures", _departure_rows(shop.table("departures_numbers", columns)), dirts=_departure_dirt())
    shop.write_csv(rows, "service/departures.csv", delimiter=";", encoding="cp1252")
    known_count = plan.customers.count + prospects_count(plan.customers)
    told = claims_from(rows, "Customer No.", "Left On", pattern=GERMAN_DAY, known_count=known_count)
    shop.claims.append(Claims("service", "departures", "lost", *told))


def _departure_rows(numbers: Table) -> Table:
    written = {
        "Case": ibis.literal("F") + padded(numbers.row + 1, 7),
        "Customer No.": customer_no(numbers.customer),
        "Left On": numbers.day.strftime(GERMAN_DAY),
        "Code": numbers.code.nullif(""),
        "Note": numbers.note.nullif(""),
        "Changed": moment(numbers.day, numbers.lot % 40_000 + 30_000),
    }
    return numbers.select("row", "sorted_on", "lot", "cents", **written)


def _departure_dirt() -> tuple[Dirt, ...]:
    key = "Case"
    return (
        Dirt("older_version", 20, "superseded", {"Left On": "01.01.2022", "Changed": "2021-12-30 08:00:00"}),
        Dirt("exact_duplicate", 12, "superseded", {}),
        Dirt("unreadable_day", 5, "set_aside", {"Left On": "Ende Mai"}, key=key),
        Dirt("customer_missing", 7, "set_aside", {"Customer No.": ibis.null("string")}, key=key),
        Dirt("customer_unknown", 5, "set_aside", lambda rows: {"Customer No.": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
    )
