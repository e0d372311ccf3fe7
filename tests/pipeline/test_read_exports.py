"""Files in the shape in which common systems export them; the values are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Desk


def test_a_survey_tool_s_three_rows_of_headings_are_passed_over(desk: Desk) -> None:
    desk.write(
        "answers.csv",
        "StartDate,EndDate,ResponseId,ExternalReference,Q1,Q2\n"
        'Start Date,End Date,Response ID,External Data Reference,"On a scale from 0, not at all,\nto 10, gladly: would you?",Why?\n'
        '"{""ImportId"":""startDate"",""timeZone"":""Z""}","{""ImportId"":""endDate""}","{""ImportId"":""_recordId""}",'
        '"{""ImportId"":""externalDataReference""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2_TEXT""}"\n'
        '2025-03-01 22:15:00,2025-03-01 23:40:00,R_1,C-7,9,"Quick, and kind"\n'
        '2025-03-02 09:00:00,2025-03-02 09:01:00,R_2,C-8,,"Two\nlines"\n',
    )
    surveys = {
        "silo": "service",
        "dataset": "surveys",
        "path": "answers.csv",
        "read": {"header_rows": 3, "time_zone": "UTC"},
        "key": ["ResponseId"],
        "columns": {"customer_id": "ExternalReference", "answered_on": "EndDate", "score": "Q1", "comment": "Q2"},
    }
    landed = desk.land(surveys, time_zone="Europe/Berlin")
    assert desk.rows("record_key, customer_id, answered_on::varchar, score, comment, source_row", landed) == [
        ("R_1", "C-7", "2025-03-02", 9, "Quick, and kind", 1),
        ("R_2", "C-8", "2025-03-02", None, "Two\nlines", 2),
    ]


def test_a_payment_service_s_decimal_commas_are_read(desk: Desk) -> None:
    desk.write(
        "fees.csv",
        'id,Created (UTC),Amount,Amount Refunded,Currency,User ID\nfee_1,2025-12-31 14:30,"0,25","0,00",eur,acct_1\n'
        'fee_2,2025-12-31 23:15,"1.250,50","0,00",usd,acct_2\n',
    )
    fees = desk.purchases(
        path="fees.csv",
        read={"decimal": ",", "thousands": ".", "time_zone": "UTC"},
        key=["id"],
        columns={"customer_id": "User ID", "purchased_on": "Created (UTC)", "amount": "Amount", "currency": "Currency"},
    )
    landed = desk.land(fees, time_zone="Europe/Berlin")
    assert desk.rows("customer_id, purchased_on::varchar, amount::varchar, currency", landed) == [
        ("acct_1", "2025-12-31", "0.2500", "EUR"),
        ("acct_2", "2026-01-01", "1250.5000", "USD"),
    ]


def test_a_payment_service_s_repeated_rows_and_empty_fields_are_landed_as_they_are(desk: Desk) -> None:
    desk.write(
        "payments.csv",
        "id,Created (UTC),Amount,Amount Refunded,Currency,Fee,Status,Customer Email\n"
        "ch_1,2026-09-08 10:00:00,120.00,0.00,eur,2.00,Paid,a@example.com\n"
        "ch_2,2026-09-09 10:00:00,59.90,10.00,eur,1.09,Paid,b@example.com\n"
        "ch_2,2026-09-09 10:00:00,59.90,10.00,eur,1.09,Paid,b@example.com\n"
        "ch_3,2026-09-10 10:00:00,80.00,-5.00,eur,,Paid,\n",
    )
    net = 'SELECT *, CAST(Amount AS DECIMAL(18, 2)) - CAST("Amount Refunded" AS DECIMAL(18, 2)) AS net FROM orders'
    columns = {
        "customer_id": "Customer Email",
        "purchased_on": "Created (UTC)",
        "amount": "net",
        "currency": "Currency",
        "status": "Status",
    }
    landed = desk.land(desk.purchases(path="payments.csv", sql=net, columns=columns))
    assert desk.rows("record_key, customer_id, amount::varchar, source_row", landed) == [
        ("ch_1", "a@example.com", "120.0000", 1),
        ("ch_2", "b@example.com", "49.9000", 2),
        ("ch_2", "b@example.com", "49.9000", 3),
        ("ch_3", None, "85.0000", 4),
    ]
    assert str(landed.amount) == "304.8000"  # 120 + 49.90 + 49.90 + 85


def test_a_shop_s_orders_of_several_lines_keep_what_their_first_line_says(desk: Desk) -> None:
    desk.write(
        "shop.csv",
        "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem price,Notes\n"
        '#1001,ada@example.com,paid,EUR,35.00,2025-05-04 23:30:00 +0200,2,10.00,"Ring,\ntwice"\n'
        "#1001,ada@example.com,,,,2025-05-04 23:30:00 +0200,1,15.00,\n"
        "#1002,bob@example.com,refunded,EUR,8.00,2025-05-05 00:10:00 +0200,1,8.00,\n",
    )
    sql = """
        SELECT Name, Email, "Created at", source_file, source_row,
          CAST("Lineitem quantity" AS DECIMAL(9, 0)) * CAST("Lineitem price" AS DECIMAL(12, 2)) AS amount,
          max(Currency) OVER (PARTITION BY Name) AS currency, max("Financial Status") OVER (PARTITION BY Name) AS status
        FROM orders"""
    shop = desk.purchases(
        path="shop.csv",
        sql=sql,
        read={"dates": ["%Y-%m-%d %H:%M:%S %z"]},
        key="place_in_file",
        columns={
            "purchase_id": "Name",
            "customer_id": "Email",
            "purchased_on": "Created at",
            "amount": "amount",
            "currency": "currency",
            "status": "status",
        },
    )
    landed = desk.land(shop, time_zone="Europe/Berlin")
    assert desk.rows("record_key, purchased_on::varchar, amount::varchar, status", landed) == [
        ("shop.csv|1", "2025-05-04", "20.0000", "paid"),
        ("shop.csv|2", "2025-05-04", "15.0000", "paid"),
        ("shop.csv|3", "2025-05-05", "8.0000", "refunded"),
    ]


def test_contacts_with_two_ways_of_writing_a_date_are_read(desk: Desk) -> None:
    desk.write(
        "contacts.csv",
        "Record ID,First Name,Last Name,Email,Lead Status,Create Date,Associated Company,Country/Region\n"
        "101,Camille,Durand,camille@example.com,NEW,2024-03-12 09:14,Villa SARL,France\n"
        "102,John,Smith,JOHN@example.com,OPEN_DEAL,3/15/2024 2:30 PM,,Australia\n"
        "103,,,,,2024-01-01 00:00,,\n",
    )
    leads = {
        "silo": "marketing",
        "dataset": "leads",
        "path": "contacts.csv",
        "read": {"dates": ["%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p"]},
        "key": ["Record ID"],
        "columns": {"lead_id": "Record ID", "created_on": "Create Date", "channel": "Lead Status"},
        "attributes": {"country": "Country/Region"},
    }
    assert desk.rows("lead_id, created_on::varchar, country", desk.land(leads)) == [
        ("101", "2024-03-12", "France"),
        ("102", "2024-03-15", "Australia"),
        ("103", "2024-01-01", None),
    ]


def test_a_sales_report_with_a_total_below_and_amounts_in_words_of_a_currency_is_read(desk: Desk) -> None:
    desk.write(
        "report.csv",
        "Account Name,Opportunity Name,Stage,Total Amount Currency,Total Amount,Close Date\n"
        '"Aurora Bank","Aurora Bank — Process Mining","Closed Won","USD","USD 450,000.00","30/09/2026"\n'
        '"Bluebay ""Gaming""","Renewal","Closed Won","USD","(1,250.00)","01/10/2026"\n'
        '"Grand Total","","","","USD 448,750.00",""\n'.replace("\n", "\r\n").encode("utf-8-sig"),
    )
    deals = {
        "silo": "marketing",
        "dataset": "deals",
        "path": "report.csv",
        "read": {"thousands": ",", "dates": ["%d/%m/%Y"], "drop_rows_where": {"Account Name": "Grand Total"}},
        "key": ["Account Name", "Opportunity Name"],
        "columns": {"won_on": "Close Date", "amount": "Total Amount", "currency": "Total Amount Currency"},
    }
    landed = desk.land(deals)
    assert desk.rows("record_key, won_on::varchar, amount::varchar", landed) == [
        ("Aurora Bank|Aurora Bank — Process Mining", "2026-09-30", "450000.0000"),
        ('Bluebay "Gaming"|Renewal', "2026-10-01", "-1250.0000"),
    ]
    assert (landed.dropped_rows_count, str(landed.amount)) == (1, "448750.0000")  # 450,000 - 1,250
