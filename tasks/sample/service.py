"""The extracts of the service silo: tickets, answers to surveys and at renewal, departures with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.departures import DEPARTURE_CODES, UNMAPPED, UNMAPPED_CODE
from tasks.sample.extract_writer import NEVER_ISSUED, Defect, own_columns
from tasks.sample.random_numbers import below, between, happens, one_of
from tasks.sample.renewal_answers import STAYING_CODES, UNMAPPED_STAYING_CODE
from tasks.sample.scenario import COVERED_THROUGH
from tasks.sample.text_formats import AMERICAN_DAY, GERMAN_DAY, customer_no, days, moment, padded, text_from
from tasks.sample.tickets import MACHINE_FAULT, TOPICS

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.departures import Departures
    from tasks.sample.extract_writer import ExtractWriter
    from tasks.sample.renewal_answers import RenewalAnswers
    from tasks.sample.tickets import Tickets

AGENTS = ("K. Brandt", "L. Novak", "M. Ferreira", "N. Svensson", "O. Demir", "P. Rossi")
TEAMS = ("Service desk", "Machines")
STAGES = ("Ordering", "Delivery", "Use", "Payment", "Renewal")
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
ANSWERED_PER_MILLE = 380


def write_tickets(writer: ExtractWriter, tickets: Tickets) -> None:
    """Tickets with texts of several lines, instants in universal time, some still open."""
    numbers = np.arange(len(tickets.day), dtype=np.int64)
    columns = {
        **own_columns("tickets", tickets.day),
        "customer": tickets.customer,
        "opened": days(tickets.day),
        "closed": days(tickets.closed_on, where=tickets.is_closed),
        "called": days(tickets.followed_up_on, where=tickets.is_followed_up),
        "topic": text_from(TOPICS, tickets.topic),
        "complaint": text_from(("no", "yes"), tickets.is_complaint.astype(np.int64)),
        "agent": text_from(AGENTS, one_of("agent", numbers, weights=(24, 20, 18, 16, 12, 10))),
        "team": text_from(TEAMS, (tickets.topic == MACHINE_FAULT).astype(np.int64)),
        "stage": text_from(STAGES, one_of("stage", numbers, weights=(15, 30, 30, 15, 10))),
        "comment": text_from(COMMENTS, below("ticket text", numbers, limit=len(COMMENTS))),
    }
    rows = writer.corrupted("tickets", _ticket_rows(writer.table("tickets_numbers", columns)), defects=ticket_defects())
    writer.write_csv(rows, "service/tickets.csv")


def _ticket_rows(numbers: Table) -> Table:
    # Between 06:00 and 20:00 in universal time, a day is the same day in Berlin.
    second = numbers.tie_breaker % 50_400 + 21_600
    written = {
        "Ticket ID": (numbers.row + 100_001).cast("string"),
        "Requester external ID": customer_no(numbers.customer),
        "Created at": moment(numbers.opened, second, between="T") + "Z",
        "Solved at": moment(numbers.closed, second, between="T") + "Z",
        "Topic": numbers.topic,
        "Journey stage": numbers.stage,
        "Complaint": numbers.complaint,
        "Description": numbers.comment,
        "Agent": numbers.agent,
        "Team": numbers.team,
        "Called back at": moment(numbers.called, second, between="T") + "Z",
        "Updated at": moment(numbers.opened, second, between="T") + "Z",
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def ticket_defects() -> tuple[Defect, ...]:
    """What is corrupted in the extract of tickets."""
    key = "Ticket ID"
    return (
        Defect("exact_duplicate", 45, "superseded", {}),
        Defect("closed_before_opened", 12, "noted", {"Solved at": "2021-12-01T09:00:00Z"}, key=key),
        Defect("customer_missing", 30, "set_aside", {"Requester external ID": ibis.null("string")}, key=key),
        Defect(
            "customer_unknown", 16, "set_aside", lambda rows: {"Requester external ID": (rows.row + NEVER_ISSUED).cast("string")}, key=key
        ),
        Defect("unreadable_day", 9, "set_aside", {"Created at": "yesterday"}, key=key),
    )


def write_surveys(writer: ExtractWriter, tickets: Tickets) -> None:
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
    rows = writer.corrupted("surveys", _survey_rows(writer.table("surveys_numbers", columns)), defects=_survey_defects())
    path = "service/survey_answers.csv"
    writer.write_csv(rows, path)
    _put_in_further_headings(writer, path)


def _survey_rows(numbers: Table) -> Table:
    written = {
        "ResponseId": ibis.literal("R_") + padded(numbers.row + 1, 8),
        "EndDate": moment(numbers.day, numbers.tie_breaker % 50_400 + 21_600),
        "Q1_NPS": numbers.score.cast("string"),
        "Q2_Comment": numbers.comment,
        "Occasion": numbers.occasion,
        "Ticket": numbers.ticket.cast("string"),
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _survey_defects() -> tuple[Defect, ...]:
    key = "ResponseId"
    return (
        Defect("exact_duplicate", 14, "superseded", {}),
        Defect("score_out_of_range", 11, "set_aside", {"Q1_NPS": "99"}, key=key),
        Defect("score_unreadable", 6, "set_aside", {"Q1_NPS": "ten"}, key=key),
        Defect("ticket_unknown", 8, "set_aside", {"Ticket": "999"}, key=key),
    )


def _put_in_further_headings(writer: ExtractWriter, path: str) -> None:
    """The survey tool's second and third row of headings: the question, and its import id as JSON."""
    file = writer.folder / path
    names, rows = file.read_bytes().split(b"\n", 1)
    questions = b'"Response ID","End Date","How likely are you to recommend us,\nfrom 0 to 10?","Why?","Occasion","Ticket"'
    ids = b",".join(b'"{""ImportId"":""%s""}"' % name for name in names.split(b","))
    file.write_bytes(b"\n".join([names, questions, ids, rows]))


def write_renewal_answers(writer: ExtractWriter, answers: RenewalAnswers) -> None:
    """Answers with the form's numbers instead of words."""
    writer.noted("renewal_answers", "reason_code_unmapped", rows=int((answers.code == len(STAYING_CODES)).sum()))
    numbers = np.arange(len(answers.code), dtype=np.int64)
    columns = {
        **own_columns("renewal answers", answers.day),
        "customer": answers.customer,
        "day": days(answers.day),
        "score": between("score at renewal", numbers, first=4, last=10),
        "code": text_from((*STAYING_CODES, UNMAPPED_STAYING_CODE), answers.code),
    }
    rows = writer.corrupted(
        "renewal_answers", _renewal_answer_rows(writer.table("renewal_answers_numbers", columns)), defects=_renewal_answer_defects()
    )
    writer.write_csv(rows, "service/renewal_answers.csv")


def _renewal_answer_rows(numbers: Table) -> Table:
    written = {
        "Answer": ibis.literal("A") + padded(numbers.row + 1, 7),
        "Customer": customer_no(numbers.customer),
        "Answered": numbers.day.strftime(AMERICAN_DAY),
        "Recommend us (0 to 10)": numbers.score.cast("string"),
        "Main reason to stay": numbers.code.nullif(""),
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _renewal_answer_defects() -> tuple[Defect, ...]:
    key = "Answer"
    return (
        Defect("exact_duplicate", 12, "superseded", {}),
        Defect("customer_unknown", 5, "set_aside", lambda rows: {"Customer": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
        Defect("unreadable_day", 4, "set_aside", {"Answered": "soon"}, key=key),
    )


def write_departures(writer: ExtractWriter, departures: Departures) -> None:
    """Customers who told us that they leave, and why, in a Windows file with the desk's own codes."""
    writer.noted("departures", "reason_code_unmapped", rows=int((departures.code == UNMAPPED).sum()))
    numbers = np.arange(len(departures.code), dtype=np.int64)
    columns = {
        **own_columns("departures", departures.day),
        "customer": departures.customer,
        "day": days(departures.day),
        "code": text_from((*DEPARTURE_CODES, UNMAPPED_CODE), departures.code),
        "note": text_from(NOTES, one_of("note", numbers, weights=(70, 10, 8, 6, 6))),
    }
    rows = writer.corrupted("departures", _departure_rows(writer.table("departures_numbers", columns)), defects=_departure_defects())
    writer.write_csv(rows, "service/departures.csv", delimiter=";", encoding="cp1252")


def _departure_rows(numbers: Table) -> Table:
    written = {
        "Case": ibis.literal("F") + padded(numbers.row + 1, 7),
        "Customer No.": customer_no(numbers.customer),
        "Left On": numbers.day.strftime(GERMAN_DAY),
        "Code": numbers.code.nullif(""),
        "Note": numbers.note.nullif(""),
        "Changed": moment(numbers.day, numbers.tie_breaker % 40_000 + 30_000),
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _departure_defects() -> tuple[Defect, ...]:
    key = "Case"
    return (
        Defect("older_version", 20, "superseded", {"Left On": "01.01.2022", "Changed": "2021-12-30 08:00:00"}),
        Defect("exact_duplicate", 12, "superseded", {}),
        Defect("unreadable_day", 5, "set_aside", {"Left On": "Ende Mai"}, key=key),
        Defect("customer_missing", 7, "set_aside", {"Customer No.": ibis.null("string")}, key=key),
        Defect("customer_unknown", 5, "set_aside", lambda rows: {"Customer No.": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
    )
