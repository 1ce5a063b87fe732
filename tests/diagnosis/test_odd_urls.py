"""A URL of a capture that nobody can split: everything is said of it that is said of another."""

from dataclasses import replace

import pytest

from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.protocol.message import Exchange
from tests.diagnosis.scenario import load_all

ODD = ("http://]/a", "http://[x/a", "http://h:99999999/a", "http://h:x/a", "http://a]b/c?d#e", "http://\u2100/a")


@pytest.mark.parametrize("url", ODD)
def test_no_rule_stumbles_over_a_url_that_cannot_be_split(url: str) -> None:
    def moved(exchange: Exchange) -> Exchange:
        return replace(exchange, request=replace(exchange.request, url=url))

    for scenario in load_all():
        for incident in split_capture([moved(exchange) for exchange in scenario.evidence.exchanges]).incidents:
            assert judge_incident(incident).findings is not None, scenario.name
