"""Courses of the buyer: enrolled are holders of a ticket of an `online-course` event; lessons, exam, certificate."""

import io

import flask

from mockmarket.api.operations import Answer
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, Forbidden, NotFound
from mockmarket.records import defaults
from mockmarket.store import Read, Tx, keys, records
from mockmarket.store.records import Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import reads, writes
from mockmarket.vendors.zatabox.records import courses as shapes
from mockmarket.vendors.zatabox.rules import events
from mockmarket.vendors.zatabox.wire import COURSE, EVENT, PROGRESS, TICKET

READ, WRITE = (
    {"scope": "tickets:read", "with_caller": True},
    {"scope": "tickets:read", "with_caller": True, "answer": shapes.Summary},
)
PDF = Answer(None, 200, "The certificate.", "application/pdf")


def course_of(read: Read, event_id: str) -> Record:
    """Return a course's content; an `online-course` event for which none was sent has a single unit."""
    return records.get(read, COURSE, event_id) or defaults(shapes.Course) | {
        "eventId": event_id,
        "courseType": "unified",
    }


def _enter(read: Read, caller: keys.Key, event_id: str) -> tuple[Record, Record]:
    """Return a course and the learner's progress; NotFound for no course, Forbidden for a buyer without a ticket."""
    email, event = caller.owner.get("email"), get_or_404(read, EVENT, event_id)
    if event["category"] != events.COURSE:
        raise NotFound(f"Event {event_id} is no course.")
    holds: list[records.Condition] = [("email", "=", email), ("event", "=", event_id), ("status", "!=", "refunded")]
    if not email or not records.first(read, TICKET, *holds):
        raise Forbidden(f"Only holders of a ticket of course {event_id} take it.")
    id = f"{event_id}/{email}"
    fresh = {
        "id": id,
        "eventId": event_id,
        "email": email,
        "lessons": [],
        "examPassed": False,
        "createdAt": iso_s(read.now),
    }
    return course_of(read, event_id), records.get(read, PROGRESS, id) or defaults(shapes.Progress) | fresh


def _total(course: Record) -> int:
    return len(course["syllabus"]) if course["courseType"] == "syllabus" else 1


def _summary(course: Record, progress: Record) -> Record:
    total, count = _total(course), len(progress["lessons"])
    share = {"totalLessons": total, "percent": round(100 * count / total, 1) if total else 0}
    ends = {
        "completed": progress["completedAt"] is not None,
        "certificateIssued": progress["certificateId"] is not None,
    }
    of_learner = {name: progress[name] for name in ("examPassed", "completedAt")}
    values = {"completedLessons": count, **share, **ends, **of_learner}
    return {name: values[name] for name in shapes.Summary.__annotations__}


def _enrolled(read: Read, course: Record, progress: Record) -> Record:
    event = get_or_404(read, EVENT, course["eventId"])
    about = {"eventId": event["id"], "title": event["title"], "slug": event["slug"], "courseType": course["courseType"]}
    return about | {"progress": _summary(course, progress)}


@reads(answer=shapes.Courses, **READ)
def list_my_courses(read: Read, caller: keys.Key) -> Record:
    """List the buyer's courses with the progress of each, begun ones first."""
    tickets = records.find(read, TICKET, ("email", "=", caller.owner.get("email")), ("status", "!=", "refunded"))
    held = dict.fromkeys(ticket["eventId"] for ticket in tickets)
    ids = [id for id in held if get_or_404(read, EVENT, id)["category"] == events.COURSE]
    courses = [_enrolled(read, *_enter(read, caller, id)) for id in ids]
    return {"courses": sorted(courses, key=lambda course: not course["progress"]["completedLessons"])}


@reads(answer=shapes.LearnersCourse, **READ)
def get_course(read: Read, caller: keys.Key, eventId: str) -> Record:
    """Get a course with its lessons."""
    course, progress = _enter(read, caller, eventId)
    lessons = [
        lesson | {"index": index, "completed": index in progress["lessons"]}
        for index, lesson in enumerate(course["syllabus"])
    ]
    return _enrolled(read, course, progress) | {"lessons": lessons}


def _store(tx: Tx, course: Record, progress: Record) -> Record:
    exam = course["exam"] and course["exam"]["enabled"]
    if len(progress["lessons"]) < _total(course) or (exam and not progress["examPassed"]):
        progress["completedAt"] = None
    elif progress["completedAt"] is None:
        progress["completedAt"] = iso_s(tx.now)
        if course["certificateTemplate"] and not progress["certificateId"]:
            progress["certificateId"] = wire.new_id(tx, "crt")
    records.put(tx, PROGRESS, progress)
    return _summary(course, progress)


def _lesson(tx: Tx, caller: keys.Key, event_id: str, index: int) -> tuple[Record, Record]:
    course, progress = _enter(tx, caller, event_id)
    if course["courseType"] != "syllabus" or index >= len(course["syllabus"]):
        raise NotFound(f"Course {event_id} has no lesson {index}.")
    progress["lessons"] = sorted({*progress["lessons"]} - {index})
    return course, progress


@writes(**WRITE)
def complete_lesson(tx: Tx, caller: keys.Key, eventId: str, index: int) -> Record:
    """Complete a lesson by its index, from 0; the last requirement completes the course."""
    course, progress = _lesson(tx, caller, eventId, index)
    return _store(tx, course, progress | {"lessons": sorted([*progress["lessons"], index])})


@writes(**WRITE)
def reopen_lesson(tx: Tx, caller: keys.Key, eventId: str, index: int) -> Record:
    """Reverse a lesson's completion; a certificate stays."""
    return _store(tx, *_lesson(tx, caller, eventId, index))


@writes(**WRITE)
def complete_course(tx: Tx, caller: keys.Key, eventId: str) -> Record:
    """Complete a unified course."""
    course, progress = _enter(tx, caller, eventId)
    if course["courseType"] != "unified":
        raise Conflict(f"Course {eventId} has lessons; complete them.")
    return _store(tx, course, progress | {"lessons": [0]})


def _exam_of(course: Record) -> Record:
    if not (course["exam"] and course["exam"]["enabled"]):
        raise NotFound(f"Course {course['eventId']} has no exam.")
    return dict(course["exam"])


@reads(answer=shapes.Exam, **READ)
def get_exam(read: Read, caller: keys.Key, eventId: str) -> Record:
    """Get a course's exam, without its answers."""
    exam = _exam_of(_enter(read, caller, eventId)[0])
    numbered = enumerate(exam["questions"])
    questions = [
        {"id": f"q{number}", "prompt": part["prompt"], "options": part["options"]} for number, part in numbered
    ]
    return {"eventId": eventId, "passMarkPct": exam["passMarkPct"], "questions": questions}


@writes(body=shapes.Answers, answer=shapes.Graded, **READ)
def submit_exam(tx: Tx, caller: keys.Key, body: shapes.Answers, eventId: str) -> Record:
    """Grade an exam; a pass counts towards the course."""
    course, progress = _enter(tx, caller, eventId)
    exam = _exam_of(course)
    chosen = {answer["questionId"]: answer["selectedIndex"] for answer in body["answers"]}
    questions = exam["questions"]
    correct = sum(chosen.get(f"q{number}") == part["correctIndex"] for number, part in enumerate(questions))
    score = round(100 * correct / len(questions), 1) if questions else 100.0
    passed = score >= exam["passMarkPct"]
    summary = _store(tx, course, progress | {"examPassed": passed or progress["examPassed"]})
    graded = {"scorePct": score, "passMarkPct": exam["passMarkPct"], "passed": passed}
    return graded | {"correct": correct, "total": len(questions), "progress": summary}


@reads(answer=PDF, **READ)
def get_certificate(read: Read, caller: keys.Key, eventId: str) -> flask.Response:
    """Get the certificate of a completed course as a PDF."""
    _, progress = _enter(read, caller, eventId)
    if progress["certificateId"] is None:
        raise NotFound(f"The certificate of course {eventId} is not issued.", code="CERTIFICATE_NOT_ISSUED")
    title = get_or_404(read, EVENT, eventId)["title"]
    lines = [
        "Certificate of completion",
        title,
        str(caller.owner.get("name") or progress["email"]),
        progress["certificateId"],
    ]
    name = f'attachment; filename="certificate-{progress["certificateId"]}.pdf"'
    return flask.Response(_pdf(lines), headers={"Content-Disposition": name}, mimetype="application/pdf")


def _pdf(lines: list[str]) -> bytes:
    import pydyf  # needed only here

    document, stream = pydyf.PDF(), pydyf.Stream()
    font = pydyf.Dictionary(
        {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica", "Encoding": "/WinAnsiEncoding"}
    )
    document.add_object(font)
    stream.begin_text()
    for place, line in enumerate(lines):
        stream.set_font_size("F1", 20)
        stream.set_text_matrix(1, 0, 0, 1, 60, 440 - 60 * place)
        stream.show_text_string(line.encode("cp1252", "replace").decode("latin-1"))
    stream.end_text()
    document.add_object(stream)
    fonts = pydyf.Dictionary({"Font": pydyf.Dictionary({"F1": font.reference})})
    page = {"Type": "/Page", "Parent": document.pages.reference, "MediaBox": pydyf.Array([0, 0, 842, 595])}
    document.add_page(pydyf.Dictionary(page | {"Resources": fonts, "Contents": stream.reference}))
    output = io.BytesIO()
    document.write(output)
    return output.getvalue()
