"""The shapes of content: one strict pydantic class per kind, so that a misspelt field is an error, not a silence."""

from yuheng.content.schema.base import Check, Column, ColumnType, Content, Id, Level, SourceId
from yuheng.content.schema.gradings import Grade, GradeCut, Grading, Label, LabelEvent, Sentences, Standards, UnitForm
from yuheng.content.schema.indicators import Indicator, IndicatorCase, IndicatorL1, IndicatorL2, Override
from yuheng.content.schema.sources import CodeMap, Feed, FileFormat, Link, Mapping, Source, TokenMap
from yuheng.content.schema.tables import Database, DerivedTable, StandardTable, Term
from yuheng.content.schema.weightings import AhpMatrix, DelphiRound, DelphiStop, Weighting

__all__ = [
    "AhpMatrix",
    "Check",
    "CodeMap",
    "Column",
    "ColumnType",
    "Content",
    "Database",
    "DelphiRound",
    "DelphiStop",
    "DerivedTable",
    "Feed",
    "FileFormat",
    "Grade",
    "GradeCut",
    "Grading",
    "Id",
    "Indicator",
    "IndicatorCase",
    "IndicatorL1",
    "IndicatorL2",
    "Label",
    "LabelEvent",
    "Level",
    "Link",
    "Mapping",
    "Override",
    "Sentences",
    "Source",
    "SourceId",
    "StandardTable",
    "Standards",
    "Term",
    "TokenMap",
    "UnitForm",
    "Weighting",
]
