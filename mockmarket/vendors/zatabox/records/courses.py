"""Courses: what an event's author sends, what a learner sees, and how far each learner is (public: the fields of the README's recipe)."""

from typing import Annotated, TypedDict

from mockmarket.records import Body, Column, Default, Length, OneOf, Range, check, must
from mockmarket.vendors.zatabox.records import common as types

Media = Annotated[str | None, Length(1, 2048), Default(None)]
Short = Annotated[types.Text | None, Default(None)]
Writeup = Annotated[types.LongText, Default("")]


class NewLesson(TypedDict):
    """One lesson of a syllabus."""

    title: types.Text
    duration: Short
    skillLevel: Short
    format: Short
    lessonPdf: Media
    lessonVideo: Media
    writeup: Writeup


@check(
    must(lambda body: body["correctIndex"] < len(body["options"]), "Must be the index of an option.", "correctIndex")
)
class NewQuestion(TypedDict):
    """One question of an exam, with its answer."""

    prompt: types.LongText
    options: Annotated[list[types.Text], Length(2, 20)]
    correctIndex: Annotated[int, Range(0, 19)]


class NewExam(TypedDict):
    """An exam; a pass needs this share of right answers."""

    enabled: Annotated[bool, Default(True)]
    passMarkPct: Annotated[int, Range(0, 100), Default(70)]
    questions: Annotated[list[NewQuestion], Length(most=100), Default(list)]


class Course(TypedDict):
    """A course's content, which only its learners see."""

    eventId: str
    courseType: Annotated[str, OneOf(("syllabus", "unified")), Body(default="syllabus")]
    certificateTemplate: Annotated[types.Text | None, Body(default=None)]
    syllabus: Annotated[list[NewLesson], Length(most=200), Body(default=list)]
    exam: Annotated[NewExam | None, Body(default=None)]


class Progress(TypedDict):
    """How far a learner is, as stored."""

    id: str
    eventId: str
    email: Annotated[str, Column()]
    lessons: list[int]
    examPassed: bool
    completedAt: str | None
    certificateId: str | None
    createdAt: types.Date


class Summary(TypedDict):
    """How far a learner is."""

    completedLessons: int
    totalLessons: int
    percent: float
    examPassed: bool
    completed: bool
    completedAt: str | None
    certificateIssued: bool


Enrolled = TypedDict("Enrolled", {"eventId": str, "title": str, "slug": str, "courseType": str, "progress": Summary})
Courses = TypedDict("Courses", {"courses": list[Enrolled]})


class Lesson(NewLesson):
    """One lesson, and whether the learner has completed it."""

    index: int
    completed: bool


class LearnersCourse(Enrolled):
    """A course with its lessons; a unified one has a single unit, without a lesson."""

    lessons: list[Lesson]


Question = TypedDict("Question", {"id": str, "prompt": str, "options": list[str]})
Exam = TypedDict("Exam", {"eventId": str, "passMarkPct": int, "questions": list[Question]})
GivenAnswer = TypedDict("GivenAnswer", {"questionId": types.Id, "selectedIndex": Annotated[int, Range(0, 19)]})
Answers = TypedDict("Answers", {"answers": Annotated[list[GivenAnswer], Length(most=100)]})
Graded = TypedDict(
    "Graded", {"scorePct": float, "passMarkPct": int, "passed": bool, "correct": int, "total": int, "progress": Summary}
)
