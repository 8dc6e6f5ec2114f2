"""What an `expect` step looks at, one subject a module: each compares what is there with what was expected."""

from collections.abc import Mapping

from mockmarket.scenarios.base import Subject
from mockmarket.scenarios.subjects import deliveries, endpoints, notices, received, records, requests, stock

SUBJECTS: Mapping[str, Subject] = {
    subject.name: subject
    for subject in (
        records.RECORD,
        records.RECORDS,
        deliveries.SUBJECT,
        notices.SUBJECT,
        received.SUBJECT,
        endpoints.SUBJECT,
        stock.SUBJECT,
        requests.SUBJECT,
    )
}
"""Every subject by its name, in the order of the documents; a new one is a module here and a line in this table."""

__all__ = ["SUBJECTS"]
