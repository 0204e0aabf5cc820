"""The shapes of content: one strict pydantic class per kind, so that a misspelt field is an error, not a silence."""

from yuheng.content.schema.base import Check, Column, ColumnType, Content, Id, Level, SourceId
from yuheng.content.schema.gradings import Grade, GradeCut, Grading, Label, LabelEvent, Sentences, Standards, UnitForm
from yuheng.content.schema.identity import (
    IDENTITY,
    AddressGrammar,
    CompareLevel,
    Comparison,
    LinkingRules,
    NameGrammar,
    PairModelCard,
)
from yuheng.content.schema.indicators import Indicator, IndicatorCase, IndicatorL1, IndicatorL2, Override
from yuheng.content.schema.libraries import Library, LibraryCheck, LibraryId
from yuheng.content.schema.models import LogicalModel
from yuheng.content.schema.pull import (
    ApiMark,
    ApiPull,
    FolderPull,
    MqttPull,
    Paging,
    Pull,
    SftpPull,
    TablePull,
    WebField,
    WebPull,
)
from yuheng.content.schema.quality import QualityRules
from yuheng.content.schema.sources import CodeMap, Feed, FileFormat, Link, Mapping, Source, TokenMap
from yuheng.content.schema.tables import Database, DerivedTable, StandardTable, Term
from yuheng.content.schema.weightings import AhpMatrix, DelphiRound, DelphiStop, Weighting

__all__ = [
    "IDENTITY",
    "AddressGrammar",
    "AhpMatrix",
    "ApiMark",
    "ApiPull",
    "Check",
    "CodeMap",
    "Column",
    "ColumnType",
    "CompareLevel",
    "Comparison",
    "Content",
    "Database",
    "DelphiRound",
    "DelphiStop",
    "DerivedTable",
    "Feed",
    "FileFormat",
    "FolderPull",
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
    "Library",
    "LibraryCheck",
    "LibraryId",
    "Link",
    "LinkingRules",
    "LogicalModel",
    "Mapping",
    "MqttPull",
    "NameGrammar",
    "Override",
    "Paging",
    "PairModelCard",
    "Pull",
    "QualityRules",
    "Sentences",
    "SftpPull",
    "Source",
    "SourceId",
    "StandardTable",
    "Standards",
    "TablePull",
    "Term",
    "TokenMap",
    "UnitForm",
    "WebField",
    "WebPull",
    "Weighting",
]
