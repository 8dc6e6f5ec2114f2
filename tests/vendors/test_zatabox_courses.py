"""Zatabox's courses: made by the organizer, taken by holders of a ticket, with lessons, an exam and a certificate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.zatabox import BASE, BUYER, Box, issues, refused

COURSE = {
    "title": "Intro to Mixing", "category": "online-course", "startDate": "2026-06-01T00:00:00Z", "endDate": None,
    "timezone": "Africa/Lagos", "venueType": "online", "courseType": "syllabus", "certificateTemplate": "cert-1",
    "syllabus": [{"title": "Gain staging", "duration": "1-4 hours", "lessonPdf": "/media/601"}, {"title": "Panning", "writeup": "Wide."}],
    "exam": {"enabled": True, "passMarkPct": 70, "questions": [
        {"prompt": "Ideal average level?", "options": ["-18 dBFS", "0 dBFS"], "correctIndex": 0},
        {"prompt": "Ideal width?", "options": ["Mono", "Wide"], "correctIndex": 1},
    ]},
}  # fmt: skip


def course(box: Box, **change: Any) -> str:
    """Make and publish a course; returns its id."""
    id = box.draft(**COURSE | change)
    box.add_type(id, "Enrolment", 0, -1)
    return box.publish(id)


def enrolled(box: Box, buyer: Box, **change: Any) -> str:
    """Make a course that the buyer has a ticket of; returns its id."""
    id = course(box, **change)
    buyer.post("/orders", {"items": [{"ticketTypeId": box.type_of("Enrolment", id)["id"], "quantity": 1}]})
    return id


def answers(*chosen: int) -> dict[str, Any]:
    """Write what a learner chose."""
    return {"answers": [{"questionId": f"q{number}", "selectedIndex": index} for number, index in enumerate(chosen)]}


def test_learner_earns_a_certificate(box: Box, buyer: Box) -> None:
    id = enrolled(box, buyer)
    [mine] = buyer.get("/courses/mine")["courses"]
    early = buyer.call("GET", f"/courses/{id}/certificate")

    for index in (0, 1, 1):
        progress = buyer.post(f"/courses/{id}/lessons/{index}/complete")
    graded = buyer.post(f"/courses/{id}/exam/submit", answers(0, 1))
    pdf = buyer.client.call("GET", f"{BASE}/courses/{id}/certificate", headers={"Authorization": f"Bearer {BUYER}"})

    assert (mine["eventId"], mine["progress"]["percent"], refused(early)) == (id, 0, (404, "CERTIFICATE_NOT_ISSUED"))
    assert (progress["completedLessons"], progress["completed"]) == (2, False)
    assert (graded["passed"], graded["progress"]["completed"], graded["progress"]["certificateIssued"]) == (
        True,
        True,
        True,
    )
    assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert "filename=" in pdf.headers["Content-Disposition"]


def test_lessons_have_their_content(box: Box, buyer: Box) -> None:
    id = enrolled(box, buyer)
    buyer.post(f"/courses/{id}/lessons/1/complete")

    lessons = buyer.get(f"/courses/{id}")["lessons"]

    assert [(lesson["title"], lesson["completed"]) for lesson in lessons] == [
        ("Gain staging", False),
        ("Panning", True),
    ]
    assert (lessons[0]["lessonPdf"], lessons[1]["writeup"]) == ("/media/601", "Wide.")


def test_content_is_not_public(box: Box, buyer: Box) -> None:
    id = course(box)

    assert "Gain staging" not in box.call("GET", f"/events/{id}").text
    assert refused(buyer.call("GET", f"/courses/{id}")) == (403, "FORBIDDEN")
    assert buyer.get("/courses/mine") == {"courses": []}


def test_reopened_lesson_keeps_the_certificate(box: Box, buyer: Box) -> None:
    id = enrolled(box, buyer, exam=None)
    for index in (0, 1):
        buyer.post(f"/courses/{id}/lessons/{index}/complete")

    progress = buyer.delete(f"/courses/{id}/lessons/0/complete")

    assert (progress["completedLessons"], progress["completed"], progress["certificateIssued"]) == (1, False, True)


def test_exam_is_shown_without_answers(box: Box, buyer: Box) -> None:
    id = enrolled(box, buyer)

    exam = buyer.get(f"/courses/{id}/exam")
    graded = buyer.post(f"/courses/{id}/exam/submit", answers(0, 0))

    assert exam["questions"][0] == {"id": "q0", "prompt": "Ideal average level?", "options": ["-18 dBFS", "0 dBFS"]}
    assert (graded["scorePct"], graded["passed"], graded["correct"]) == (50.0, False, 1)


def test_unified_course_is_one_unit(box: Box, buyer: Box) -> None:
    id = enrolled(box, buyer, courseType="unified", exam=None)

    progress = buyer.post(f"/courses/{id}/complete")

    assert (progress["completedLessons"], progress["totalLessons"], progress["completed"]) == (1, 1, True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "complete", 409), ("POST", "lessons/2/complete", 404), ("POST", "lessons/x/complete", 404),
     ("DELETE", "lessons/-1/complete", 404)],
)  # fmt: skip
def test_step_that_is_not_there(box: Box, buyer: Box, method: str, path: str, status: int) -> None:
    id = enrolled(box, buyer)

    answer = buyer.client.call(method, f"{BASE}/courses/{id}/{path}", headers={"Authorization": f"Bearer {BUYER}"})

    assert answer.status_code == status


def test_event_is_no_course(box: Box, buyer: Box) -> None:
    assert refused(buyer.call("GET", "/courses/evt_night")) == (404, "NOT_FOUND")


def test_changed_course_is_announced(box: Box, buyer: Box) -> None:
    id = enrolled(box, buyer)
    lessons = [{"title": "Only one"}]

    for _ in range(2):
        box.put(f"/organizer/events/{id}", {"syllabus": lessons})

    assert [lesson["title"] for lesson in buyer.get(f"/courses/{id}")["lessons"]] == ["Only one"]
    assert box.notice_types().count("event.updated") == 1


def test_answer_beyond_the_options_is_refused(box: Box) -> None:
    exam = {"questions": [{"prompt": "?", "options": ["a", "b"], "correctIndex": 2}]}

    assert issues(box.call("POST", "/organizer/events", COURSE | {"exam": exam})) == ["exam.questions.0.correctIndex"]


PRODUCT = {
    "title": "Synth Presets Vol. 1", "category": "downloadable-files", "startDate": "2026-08-01T00:00:00Z", "endDate": None,
    "timezone": "Africa/Lagos", "venueType": "online", "onlineLink": "https://api.zatabox.com/media/501",
    "onlineLinkNote": "Import into Serum.", "highlightVideoUrl": "https://youtu.be/dQw4w9WgXcQ",
}  # fmt: skip
TIER = {"name": "Standard", "type": "general", "price": 0, "currency": "NGN", "quantityTotal": -1}
"""The recipe of the SDK's README, at no price."""


def test_digital_product_is_delivered_to_buyers(box: Box, buyer: Box) -> None:
    product = box.post("/organizer/events", PRODUCT)
    own = {"accessUrl": "https://api.zatabox.com/media/502", "accessNote": "Zip password: serum"}
    tiers = [box.post(f"/organizer/events/{product['id']}/tickets", TIER | tier) for tier in (own, {"name": "Plain"})]
    box.post(f"/organizer/events/{product['id']}/publish")
    for tier in tiers:
        buyer.post("/orders", {"items": [{"ticketTypeId": tier["id"], "quantity": 1}]})

    tickets = {ticket["ticketTypeName"]: ticket for ticket in buyer.get("/users/me/tickets")["items"]}
    public = box.get(f"/events/{product['id']}")

    assert {name: PRODUCT[name] for name in PRODUCT} | product == product
    assert (tiers[0] | own, tiers[1]["accessUrl"]) == (tiers[0], None)
    assert (tickets["Standard"]["accessUrl"], tickets["Standard"]["accessNote"]) == (*own.values(),)
    assert tickets["Plain"]["accessUrl"] == PRODUCT["onlineLink"]
    assert tickets["Plain"]["accessNote"] == PRODUCT["onlineLinkNote"]
    assert public["highlightVideoUrl"] == PRODUCT["highlightVideoUrl"]
    assert not {"onlineLink", "onlineLinkNote", "accessUrl"} & {*public, *public["ticketTypes"][0]}
    assert "media/50" not in str(box.notices())


def test_changed_link_is_an_update_once(box: Box) -> None:
    id = box.post("/organizer/events", PRODUCT)["id"]

    answers = [box.put(f"/organizer/events/{id}", {"onlineLink": "https://media.example/9"}) for _ in range(2)]

    assert [(event["onlineLink"], event["onlineLinkNote"]) for event in answers] == [
        ("https://media.example/9", PRODUCT["onlineLinkNote"])
    ] * 2
    assert box.notice_types().count("event.updated") == 1
