"""Templates of well-known exports: whole by themselves, and recognised by their headings alone."""

from __future__ import annotations

import pytest

from config.datasets import DATASETS
from config.export_templates import TEMPLATES, ExportTemplate, template_for

SYSTEMS = {"Shopify", "Stripe", "HubSpot", "Salesforce", "Zendesk", "Recurly", "Chargebee", "WooCommerce"}


def test_every_system_that_is_promised_has_a_template() -> None:
    assert {template.system for template in TEMPLATES} == SYSTEMS


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.title.replace(" ", "_"))
def test_a_template_gives_its_shared_table_what_it_needs_and_says_where_it_was_seen(template: ExportTemplate) -> None:
    dataset = DATASETS[template.dataset]
    given = {*template.columns, *template.constants}
    assert set(dataset.required) <= given <= set(dataset.column_names)
    assert template.seen_in.startswith(("github.com/", "the header row"))
    assert set(template.expressions) <= set(template.columns.values())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.title.replace(" ", "_"))
def test_an_export_is_recognised_by_its_headings_whatever_else_it_has(template: ExportTemplate) -> None:
    assert template_for([*template.headings, "a column of one's own"]) == template
    assert template_for([*template.headings][1:]) != template


def test_a_file_of_other_headings_is_recognised_as_nothing() -> None:
    assert template_for(["id", "date", "amount"]) is None
