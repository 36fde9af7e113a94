"""Judges a run once, for the summary beside it, its diagnosis and its report."""

from dataclasses import dataclass

from core.advice.diagnosis import Finding, diagnose
from core.advice.facts import Facts
from core.advice.summary import summarise
from core.messages import Message


@dataclass(frozen=True)
class Advice:
    """A summary for beginners, and the findings that it is based on, most urgent first."""

    summary: list[Message]
    findings: list[Finding]


def advise(facts: Facts) -> Advice:
    """Judge a run by its history."""
    findings = diagnose(facts)
    return Advice(summarise(facts.landmarks, findings), findings)
