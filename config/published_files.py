"""Every file that a run leaves, and what each of its columns means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.measures import worth

DAYS, SEGMENT = "{days}", "{segment}"
"""In the name of a column: one of the company's numbers of days, and one of its segments."""
PATTERNS = {DAYS: r"\d+", SEGMENT: r"\w+"}


@dataclass(frozen=True)
class PublishedFile:
    """One file, with a sentence for each of its columns; a file without columns is no table."""

    name: str
    """Below the edition's folder; `*` stands for an extract's name."""
    description: str
    columns: tuple[tuple[str, str], ...] = ()

    def sentence_of(self, column: str) -> str | None:
        """What a column of that name means; none where nothing is written of it. A name in full comes before one with a blank to fill."""
        exact = dict(self.columns).get(column)
        return exact or next((description for name, description in self.columns if _pattern_of(name).fullmatch(column)), None)


def _pattern_of(name: str) -> re.Pattern[str]:
    pattern = re.escape(name)
    for blank, filled in PATTERNS.items():
        pattern = pattern.replace(re.escape(blank), filled)
    return re.compile(pattern)


SEGMENT_COLUMNS = (
    (SEGMENT, "Group of that segment of the company at the period's end, in the segment's own name; `not recorded` where nobody knows it."),
    (f"{SEGMENT}_at_opening", "The same on the day before the period opened."),
)
FIGURES = (
    ("period", "Period that the figure is of, such as 2026-Q3."),
    ("segment_by", "Segment by which customers are grouped; `all` for everybody."),
    ("segment", "Group of the segment; `all` for everybody."),
    ("split_by", "How the number is told apart into parts, such as by reason; `all` where it is whole."),
    ("split", "Part of the number; `all` where it is whole."),
    ("measure", "Name of the measure or rate, as in the glossary."),
    ("numerator", "The sum; of a rate, what is divided."),
    ("denominator", "Of a rate, what it is divided by; empty for a sum."),
    ("value", "The figure: a sum, or a rate from 0 to 1, rounded to four places; empty where a rate divides by 0."),
    ("unit", "`customers`, `count`, `money` or `share`."),
)
MOVEMENT = (
    ("customer_id", "The customer, as the company counts customers."),
    ("customer_name", "How people call the customer; empty where no extract has names."),
    ("period", "Period that the row is of."),
    ("movement", "The one way in which the customer touches the period; `not_a_customer` for others who had a part in it."),
    ("in_count", "1 where the customer came in, else 0; the sum is customers in."),
    ("out_count", "1 where the customer went out, else 0; the sum is customers out."),
    ("is_active_at_opening", "Whether it was a customer on the day before the period opened."),
    ("is_active_at_closing", "Whether it was a customer on the period's last day."),
    ("opening_amount", "Value on the day before the period opened; 0 for no customer."),
    ("closing_amount", "Value on the period's last day; 0 for no customer."),
    ("fx_effect_amount", "Part of the change of value that exchange rates made."),
    ("in_and_out_amount", "Value on the last day as a customer, of those who came and went inside the period; else 0."),
    ("came_on", "First day as a customer inside the period; empty where there is none."),
    ("went_on", "First day as no customer inside the period; empty where there is none."),
    ("first_came_on", "First day ever as a customer."),
    ("ended_by", "How the stay of a customer who went ended: `notified`, `ended` (a contract, nothing recorded) or `silent`."),
    ("reason_code", "Why the customer went, in the company's code; `not_applicable` for those who did not go."),
)
CAME = (
    ("is_first_time", "Whether the customer came in the period for the first time ever."),
    ("first_purchase_amount", "What it bought on its first day, and what contracts that started on it bring in a year."),
    (
        "came_by_channel",
        "Channel of its earliest lead, or of its earliest deal where there is no lead; `not recorded` where there is none.",
    ),
    ("came_by_campaign", "Campaign of its earliest lead; `not recorded` where there is none."),
)
WENT = (
    ("reason_silo", "Silo whose word the reason is; `not_applicable` for those who did not go."),
    ("has_reason_conflict", "Whether two silos know different reasons."),
    ("has_unmapped_reason", "Whether the reason is a code that the company has not listed."),
    ("tenure_group", "Days of its current stay when it went, or at the period's end."),
    ("opening_tenure_group", "The same at the opening, of customers at opening."),
    ("since_first_group", "Days since it first came ever, whatever gaps there were, when it went, or at the period's end."),
    ("told_reason_code", "Reason of the departure that was recorded in the period, whether or not the customer went."),
    ("told_on", "Day of that departure; empty where none was recorded."),
    ("departures_told_count", "Departures that were recorded of the customer in the period."),
)
FOLLOWED = {
    "due": "that ended in the period",
    "on_time": "that ended in the period and were followed by another on the day of the end",
    "early": "that ended in the period and were followed by another that had started within the term",
    "beside": "that ended in the period and whose customer stayed by another, at least as old",
    "late": "that ended in the period and were followed later, within the grace days",
    "not_renewed": "that ended in the period and were followed by none",
    "in_grace": "that ended in the period and were followed by none, with grace days left after the last day that the extracts cover",
}
RENEWED = (
    *((f"terms_{kind}_count", f"Terms of contracts {followed}.") for kind, followed in FOLLOWED.items()),
    *((f"terms_{kind}_amount", f"What terms of contracts {followed} brought in a year.") for kind, followed in FOLLOWED.items()),
    *(
        (f"ahead_{number}_count", f"Terms that run at the period's end and end within the company's {ordinal} number of days after.")
        for number, ordinal in enumerate(("first", "second", "third"), start=1)
    ),
    *(
        (f"ahead_{number}_amount", f"What those within the {ordinal} number of days bring in a year.")
        for number, ordinal in enumerate(("first", "second", "third"), start=1)
    ),
    ("next_due_on", "Earliest end among those terms; empty where none is due so soon."),
    ("grace_ends_on", "First day on which the grace of one of its terms in grace is over; empty where none is in grace."),
    ("has_bought_again", "Whether a customer at opening bought in the period."),
    ("bought_again_amount", "What it bought then, refunds taken off."),
    ("has_stayed", "Whether it is a customer at closing and was one at opening, or had a term that was due."),
    ("staying_reason_code", "Reason for staying that it gave last when asked at renewal; `not_applicable` for those who did not stay."),
    ("has_unmapped_staying_reason", "Whether that reason is a code that the company has not listed."),
)
GROUPS = (
    ("opening_group", "Value group at opening; `not a customer` for others."),
    ("closing_group", "Value group at closing; `out` for others."),
    ("value_group", "Group that the customer counts for: at closing, at opening if it went, or by what it brought if it came and went."),
    ("migration", "From the group at opening to the group at closing."),
    ("groups_cut_on", "Day on which customers were ranked for the groups; empty where they are cut by fixed amounts."),
    ("group_from_amount", "Value from which on the customer's group begins; 0 for the last group."),
)
EARNED = (
    ("purchases_amount", "What the customer bought in the period, refunds taken off on their day."),
    ("contracts_amount", "What its contracts brought in the period, day by day."),
    ("cost_of_goods_amount", "What the goods that it bought had cost, where recorded."),
    ("uncosted_amount", "Part of the revenue of which nobody knows what the goods cost."),
    ("cost_to_serve_amount", "Its tickets of the period, each at the company's cost of a ticket; 0 where the company names none."),
    ("tickets_count", "Tickets that it opened in the period."),
)
RECOMMENDED = (
    ("referrals_count", "Recommendations that it made in the period."),
    ("has_referred", "Whether it made any."),
    ("refusals_count", "How often it refused to recommend us in the period."),
    ("refused_reason_code", "Reason that it gave last for refusing."),
    ("referred_won_count", "New customers of the period whom it had recommended us to first."),
    ("referred_won_amount", "What those are worth."),
    ("is_referred_new", "Whether it is a new customer who had been recommended to us."),
    ("referrer_id", "Customer who recommended us to it first; `no_referrer` where there is none."),
)
COMPARED = (
    ("has_compared_worth", "Whether it rated us and the best competitor in the period."),
    ("own_points_count", "Points that it gave us for what it gets for what it pays; 0 where it did not."),
    ("competitor_points_count", "Points that it gave the best competitor; 0 where it did not."),
    ("has_ranked_brands", "Whether it said in the period which brands it uses, and which place we have among them."),
    ("rank_among_brands", "That place and how many brands it uses, such as `1 of 3`; `not ranked` where it did not say."),
    ("has_category_spend", "Whether it also said what it spends in the category."),
    ("category_spend_amount", "What it spends a year in the category, with everybody; 0 where it did not say."),
    ("wallet_amount", "Our share of that by the wallet allocation rule."),
)
BEHAVED = (
    ("is_staying", "Whether it was a customer at opening and is one at closing; the signs below are looked for in these only."),
    ("is_silent_beyond_habit", "Sign: has been silent for longer than its own habit of buying allows."),
    ("has_fewer_groups", "Sign: in the value days up to closing it bought from fewer product groups than in those up to opening."),
    ("has_fewer_seats", "Sign: its contracts cover fewer seats at closing than at opening."),
    ("has_fallen_twice", "Sign: its value fell in this period and in the one before."),
    ("has_first_complaint", "Sign: complained for the first time ever in the period."),
    ("has_shorter_gaps", "Sign: bought more often than its habit."),
    ("has_more_groups", "Sign: in the value days up to closing it bought from more product groups than in those up to opening."),
    ("has_more_seats", "Sign: its contracts cover more seats at closing than at opening."),
    ("has_risen_twice", "Sign: its value rose in this period and in the one before."),
    ("weakening_count", "How many signs of a relationship that weakens it shows."),
    ("strengthening_count", "How many signs of one that strengthens."),
    ("is_weakening", "Whether it shows any sign of the first kind."),
    ("is_strengthening", "Whether it shows any sign of the second kind."),
    ("behaviour", "What the signs come to: `weakens`, `strengthens`, `both`, `steady` or `does_not_stay`."),
    ("weakening_signs", "The signs of the first kind in words; `no sign` where there is none."),
    ("last_bought_on", "Day of its latest purchase up to the period's end; empty where it bought nothing."),
    ("silent_days_count", "Days from that purchase to the period's end; 0 where it bought nothing."),
    ("usual_gap_days_count", "Its habit, the median of the days between its purchases; 0 where there is no habit yet."),
)
COHORTS = (
    ("customer_id", "The customer."),
    ("period", "Period at whose end the intakes are looked at."),
    ("first_came_on", "First day ever as a customer."),
    ("intake", "Month of that day, such as 2026-03."),
    *CAME[1:],
    ("came_by_referral", "Whether the customer had been recommended to us on its first day or before, in words."),
    ("has_reached_horizon", "Whether the whole intake has been known for the company's horizon."),
    ("has_second", "Whether it bought on a later day, or agreed to a further contract, within the horizon."),
    ("is_active_at_opening", "No for everybody: an intake is counted as a whole at the period's end."),
    ("is_active_at_closing", "Yes for everybody, for the same reason."),
    (f"has_reached_{DAYS}", "Whether the whole intake has been known for so many days; where not, all about that age is 0 or no."),
    (f"value_{DAYS}_amount", "What it bought in its first so many days, and what contracts brought in them."),
    (f"goods_{DAYS}_amount", "What the goods that it bought in them had cost, where recorded."),
    (f"is_customer_{DAYS}", "Whether it was a customer so many days after its first."),
)
COHORT_COSTS = (
    ("intake", "Month in which the customers came for the first time."),
    ("cost_by", "`all`, `channel` or `campaign`."),
    ("name", "Name of the channel or campaign; `all` for the whole month; `not named` for costs that name none."),
    ("customers_count", "Customers of the intake who came by it."),
    ("cost_amount", "What campaigns cost in the month."),
    ("brought_amount", "What those customers brought, less the cost of goods, at the oldest age that the intake has reached."),
    ("looked_at_days", "That age in days; 0 where it has reached none."),
    ("paid_back_days", "First age at which they had brought what they cost; empty: not yet, or nothing to pay back."),
)
FUNNEL = (
    ("channel", "Where the prospects came from; `not recorded` where nobody wrote it down."),
    ("leads_count", "Prospects that marketing counted up to the period's end."),
    ("won_count", "Of all prospects, those that were won by then."),
    ("customers_count", "Of all prospects, those whose customer ever was one by then."),
    ("won_later_count", "Of all prospects, those that were won after the period's end."),
)
ALIGNMENT = (
    ("silo", "Silo that claims."),
    ("extract", "Extract that the claim is read from."),
    ("claimed", "`new` or `lost`."),
    ("claim_key", "Row that makes the claim; empty where the company counts a customer whom the silo missed."),
    ("customer_id", "Customer that the claim stands for; empty where it stands for none or several."),
    ("claimed_on", "Day of the claim; empty for a claim without a day."),
    ("line", "The one line of the bridge, from the silo's count to the company's, that it belongs to."),
)
AS_IN_THE_LEDGER = (
    *("customer_id", "period", "movement", "is_active_at_opening", "is_active_at_closing"),
    *("opening_amount", "closing_amount", "came_on", "went_on"),
)
EQUITY = (
    *(column for column in MOVEMENT if column[0] in AS_IN_THE_LEDGER),
    *((entry.name, entry.description) for entry in worth.MEASURES),
)
EXPERIENCES = (
    ("experience", "What the customer went through before the period opened, such as `complaint`."),
    ("part", "Category, stage or theme, for experiences that are told apart by it; else nothing."),
    ("customer_id", "Customer at opening."),
    ("first_on", "Day of the first such experience of the exposure days."),
    ("last_on", "Day of the last."),
    ("times_count", "How many there were."),
    ("movement", "How the customer touched the period."),
    ("opening_amount", "Value on the day before the period opened."),
    ("stratum", "What makes others alike: the groups of the segments, the value group and the tenure at opening."),
    ("is_lost", "Whether it was a customer no more at the period's end."),
    ("is_due", "Whether it had terms that ended in the period and are past grace."),
    ("has_renewed", "Whether all of these were renewed."),
    ("has_bought_more", "Whether it was worth more at the period's end."),
)
RESTATEMENTS = (
    ("period", "Published period that is restated."),
    ("edition_from", "Edition that was compared."),
    ("edition_to", "Edition that says what is known now."),
    ("is_recast", "Whether the period is published again with it, or the difference is only told."),
    *FIGURES[1:6],
    ("unit", FIGURES[-1][1]),
    ("value_from", "The figure as it was published."),
    ("value_to", "The figure now."),
    ("difference", "The figure now less the figure as it was published."),
    ("cause", "One cause of the difference, such as a late row."),
    ("cause_difference", "That cause's part of the difference; over all causes the parts add up to it."),
    ("customers_count", "Customers whom the cause concerns."),
)
SET_ASIDE = (
    ("record_key", "Key of the row, as sources.yaml declares it; empty where it declares none."),
    ("source_file", "File or table that the row was read from."),
    ("source_row", "Place of the row below the headings, from 1."),
    ("changed_at", "When the row was changed, as its source writes it; empty where sources.yaml names no such column."),
    ("unreadable", "Each value that could not be read as its kind; empty where all could."),
    ("broken_rules", "Rules that the row breaks."),
)
FILES: tuple[PublishedFile, ...] = (
    PublishedFile("scorecard.xlsx", "The workbook that people read, without the name of a customer; it says what its words mean."),
    PublishedFile(
        "customers.xlsx",
        "The customers behind it by name, a sheet a list: who came, who went, who comes due, who weakens. It goes to Slack and e-mail "
        "only where definitions.yaml sets `digest.share_customers`.",
    ),
    PublishedFile(
        "page.html",
        "The same as one page for any browser, on a phone and on a desk, without the name of a customer: what stands on the front sheet, "
        "and what is printed of the tabs. It needs nothing from elsewhere.",
    ),
    PublishedFile("page.pdf", "Its front as one page to print, where `customer-math[page]` is installed."),
    PublishedFile("digest.txt", "What Slack and e-mail say, as text: a message of a few lines."),
    PublishedFile("thread.txt", "What stands in the message's thread, and below it in e-mail."),
    PublishedFile("mail.html", "The message as the HTML part of e-mail; a correction and links are added where it is sent."),
    PublishedFile("digest.json", "Both as Slack's blocks."),
    PublishedFile(
        "sentences.json",
        "Every line of the message and of its thread with the names of the figures that it is made of, for `customer-math prove`.",
    ),
    PublishedFile("trend.png", "The picture of the digest."),
    PublishedFile(
        "figures.csv",
        "For machines: every figure in long form, one row a figure, UTF-8, numbers with a point. People find the same figures in the "
        "workbook. The period, those it is shown beside and the years to date have every measure; the earlier periods of the trend have "
        "customers, value, renewals and recommendations. A text that a spreadsheet would calculate begins with an apostrophe. "
        "`figures.parquet` is the same table, typed.",
        FIGURES,
    ),
    PublishedFile(
        "movements.parquet",
        "The customers behind the figures, one row a customer: every measure is a sum over these rows.",
        (*MOVEMENT, *CAME, *WENT, *RENEWED, *GROUPS, *EARNED, *RECOMMENDED, *BEHAVED, *COMPARED, *SEGMENT_COLUMNS),
    ),
    PublishedFile("intakes.parquet", "The customers of the intakes, one row a customer.", (*COHORTS, *SEGMENT_COLUMNS)),
    PublishedFile(
        "intake_costs.parquet",
        "What each intake cost and brought, where an extract has campaigns' costs. `intake_costs.csv` is the same table, for machines.",
        COHORT_COSTS,
    ),
    PublishedFile(
        "funnel.parquet",
        "Marketing's prospects by channel, where an extract has leads or deals. `funnel.csv` is the same table, for machines.",
        FUNNEL,
    ),
    PublishedFile(
        "alignment.parquet",
        "Every claim of a silo, and every customer whom it missed, in exactly one line of its bridge, where sources.yaml declares claims.",
        ALIGNMENT,
    ),
    PublishedFile(
        "equity.parquet",
        "What is still to come of each customer, and how that came about in the period, one row a customer, where both ends can be valued.",
        (*EQUITY, *SEGMENT_COLUMNS),
    ),
    PublishedFile(
        "experiences.parquet",
        "The customers behind the sheet Experience, one row a customer and experience, where anybody had one.",
        EXPERIENCES,
    ),
    PublishedFile(
        "restatements.parquet",
        "Every published figure that is another now, one row a figure and cause; without a row where there is none.",
        RESTATEMENTS,
    ),
    PublishedFile(
        "restated-customers.parquet",
        "The customers behind the restatements, where there are any, one row a customer and cause.",
        (
            *RESTATEMENTS[:4],
            ("customer_id", "Customer whose row of the ledger is another now."),
            ("cause", "What changed it; several causes are joined by `and`."),
            ("movement_from", "How the customer touched the period as it was published; `split` where it comes out of a merged customer."),
            ("movement_to", "How it touches the period now; `merged` where it is merged into another customer."),
            ("opening_amount_from", "Value at opening as it was published."),
            ("opening_amount_to", "Value at opening now."),
            ("closing_amount_from", "Value at closing as it was published."),
            ("closing_amount_to", "Value at closing now."),
        ),
    ),
    PublishedFile("validation/index.html", "What was checked, rule by rule, with what was found and what became of every row."),
    PublishedFile(
        "validation/set-aside-*.parquet",
        "The rows of an extract that were set aside, where there are any: the columns of its shared table, its attributes, and these.",
        SET_ASIDE,
    ),
    PublishedFile("company/", "The company's folder as it was: definitions.yaml, sources.yaml and, where there is one, corrections.yaml."),
    PublishedFile(
        "manifest.json",
        "What the edition rests on: rows and money of every extract with fingerprints, definitions, code and instants. It seals the "
        "other files.",
        (
            ("company", "What the company is called."),
            ("company_folder", "Name of the company's folder."),
            ("period", "Period that was published."),
            ("edition", "Its number, from 1."),
            ("headline", "The one sentence that the scorecard says first."),
            ("inputs", "Every extract with its files, the days that it covers, and its rows and money: read, used, set aside, superseded."),
            ("landed", "Every landed file that the edition can be computed again from."),
            ("plan", "The periods that it is shown beside."),
            ("definitions_fingerprint", "SHA-256 over what the company's words mean and how its extracts are read."),
            ("code_version", "Version of Customer Math."),
            ("code_fingerprint", "SHA-256 over the code and rules that decide figures."),
            ("figures_fingerprint", "SHA-256 over the figures as text."),
            ("as_of", "When what is known was known."),
            ("data_through", "Last day that the extracts which make customers active cover."),
            ("published_at", "When it was published."),
            ("previous_seal", "Seal of the edition before; empty for the first."),
            ("files", "SHA-256 of every other file of the edition, by name."),
            ("seal", "SHA-256 over all of the manifest but itself."),
        ),
    ),
)
HOME_FILES: tuple[tuple[str, str], ...] = (
    ("scorecards/PERIOD/edition-N/", "an edition, as below"),
    ("delivery/PERIOD/", "which editions were published (`editions.json`) and who was told of them (`posted/`), apart from the editions"),
    ("company.json", "whose home it is"),
    ("landed/EXTRACT/", "extracts as they were read, typed and mapped"),
    (
        "texts/EXTRACT/",
        "rows as text, of each file of an extract that has several and of a table that is read incrementally, not to be read again",
    ),
    ("corrected/EXTRACT/", "the same with the company's corrections, and under the customers whose its rows are"),
    ("accepted/EXTRACT/", "rows that are used, that were set aside, and that a later version superseded, with the verdict"),
    ("attributes/", "what each landing said that was new of customers' groups"),
    ("ledger/", "the history, and the ledger and figures of each period; made again where it is missing"),
    ("ledgers/", "every ledger by what its period saw, so that a later landing that shows it the same uses it again"),
    ("locks/", "what one run at a time holds"),
)
"""What lies in a company's part of the home."""
