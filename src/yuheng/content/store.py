"""Content loaded: what the regulator knows and may change, as typed objects with the place each was declared at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, TypeVar

import pyarrow as pa

from yuheng.content import codelist, derivedfile, yamlfile
from yuheng.content.files import ContentFiles
from yuheng.content.problem import Place, Problem
from yuheng.content.schema import (
    IDENTITY,
    Content,
    Database,
    DerivedTable,
    Grading,
    Indicator,
    IndicatorL1,
    IndicatorL2,
    Library,
    LogicalModel,
    QualityRules,
    Source,
    StandardTable,
    Term,
    Weighting,
)
from yuheng.content.workday import with_workdays
from yuheng.errors import ContentError
from yuheng.sql import Macro, load_macros


class Kind(TypedDict):
    """How many objects of a kind there are, and which."""

    count: int
    ids: list[str]


C = TypeVar("C", bound=Content)
T = TypeVar("T")


@dataclass
class ContentStore:
    """All content of one version. Dictionaries are keyed by id and keep a stable order."""

    files: ContentFiles
    version: str
    indicators: dict[str, Indicator] = field(default_factory=dict)
    l1: dict[str, IndicatorL1] = field(default_factory=dict)
    l2: dict[str, IndicatorL2] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    standard: dict[str, StandardTable] = field(default_factory=dict)
    derived: dict[str, DerivedTable] = field(default_factory=dict)
    libraries: dict[str, Library] = field(default_factory=dict)
    weightings: dict[str, Weighting] = field(default_factory=dict)
    gradings: dict[str, Grading] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    models: dict[str, LogicalModel] = field(default_factory=dict)
    """Logical models, in the order of their file."""
    quality_rules: dict[str, QualityRules] = field(default_factory=dict)
    code_lists: dict[str, pa.Table] = field(default_factory=dict)
    glossary: dict[str, Term] = field(default_factory=dict)
    identity_rules: dict[str, Content] = field(default_factory=dict)
    """Name of the kind -> the one file of that kind in identity/; see `rules`."""
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """(kind, id) -> where it is declared."""
    documents: dict[str, yamlfile.Document] = field(default_factory=dict)

    @classmethod
    def load(cls, overlay: Path | None = None) -> ContentStore:
        """The package's content under the overlay; raises `ContentError` with file and line at a mistake of form.

        Mistakes of meaning (an unknown column, weights that do not sum) are found by `check`.
        """
        store, problems = cls.read(overlay)
        if problems:
            first, *others = problems
            more = "".join(f"\n{p}" for p in others[:20])
            raise ContentError(first.message + more, path=first.file, line=first.line)
        return store

    @classmethod
    def read(cls, overlay: Path | None = None) -> tuple[ContentStore, list[Problem]]:
        """What could be read, and every mistake of form."""
        files, problems = with_workdays(ContentFiles.read(overlay))
        reader = _Reader(cls(files=files, version=files.version))
        reader.problems += problems
        reader.run()
        return reader.store, sorted(reader.problems)

    def rules(self, model: type[C]) -> C:
        """The identity rules of a kind, such as `AddressGrammar`. Raises ContentError where the file is missing."""
        found = self.identity_rules.get(model.__name__)
        if not isinstance(found, model):
            raise ContentError(f"there is no file with the {model.__name__}", path="identity", todo="Restore it.")
        return found

    @property
    def quality(self) -> QualityRules:
        """The rules of data quality. Raises ContentError when the file is missing."""
        if not self.quality_rules:
            raise ContentError("the rules of data quality are missing", path="quality.yaml", todo="Restore it.")
        return next(iter(self.quality_rules.values()))

    def place(self, kind: str, name: str, *loc: str | int) -> tuple[str, int]:
        """File and line of an object, or of a part of it."""
        place = self.places[kind, name]
        document = self.documents.get(place.file)
        if document is None:
            return place.file, int(place.loc[0]) if place.loc else 1
        return place.file, document.line((*place.loc, *loc))

    def listing(self) -> dict[str, Kind]:
        """Kind -> count and ids, for `yuheng content list`; kinds without objects are left out."""
        kinds = {
            "indicator_l1": list(self.l1),
            "indicator_l2": list(self.l2),
            "indicator": list(self.indicators),
            "database": list(self.databases),
            "source": [s.id for s in self.sources.values() if s.extract_of is None],
            "source_extract": [s.id for s in self.sources.values() if s.extract_of is not None],
            "standard_table": list(self.standard),
            "derived_table": list(self.derived),
            "library": list(self.libraries),
            "logical_model": list(self.models),
            "grading": list(self.gradings),
        }
        return {kind: Kind(count=len(ids), ids=ids) for kind, ids in kinds.items() if ids}


class _Reader:
    """Reads every file into the store, going on after a mistake so that all are reported at once."""

    def __init__(self, store: ContentStore) -> None:
        self.store = store
        self.problems: list[Problem] = []

    def run(self) -> None:
        store = self.store
        for path in store.files.data:
            try:
                self._file(path)
            except ContentError as error:
                what = str(error).removeprefix(f"{error.path}:{error.line}: ")
                self.problems.append(Problem(error.path, error.line or 1, what))
        store.indicators = dict(sorted(store.indicators.items(), key=lambda item: item[1].no))
        for attribute in ("sources", "standard", "derived", "libraries", "databases", "code_lists", "macros"):
            setattr(store, attribute, dict(sorted(getattr(store, attribute).items())))

    def _file(self, path: str) -> None:
        store = self.store
        match path.split("/"):
            case ["indicators", "_tree.yaml"]:
                document = self._document(path, {"l1", "l2"})
                self._many(IndicatorL1, "l1", store.l1, document, ("l1",))
                self._many(IndicatorL2, "l2", store.l2, document, ("l2",))
            case ["indicators", _]:
                self._many(
                    Indicator, "indicator", store.indicators, self._document(path, {"indicators"}), ("indicators",)
                )
            case ["standard", _]:
                self._many(
                    StandardTable, "standard_table", store.standard, self._document(path, {"tables"}), ("tables",)
                )
            case ["sources", _]:
                self._one(Source, "source", store.sources, self._document(path))
            case ["weighting", _]:
                self._one(Weighting, "weighting", store.weightings, self._document(path))
            case ["gradings", _]:
                self._one(Grading, "grading", store.gradings, self._document(path))
            case ["databases.yaml"] | ["glossary.yaml"] | ["models", "logical.yaml"]:
                self._list(path)
            case ["quality.yaml"]:
                self._one(QualityRules, "quality", store.quality_rules, self._document(path))
            case ["identity", name] if name in IDENTITY:
                self._identity(path, IDENTITY[name])
            case [_, *_] if not path.endswith(".yaml"):
                self._table_file(path)

    def _table_file(self, path: str) -> None:
        """Files of SQL and code lists."""
        store = self.store
        match path.split("/"):
            case ["derived", _]:
                table, document = self._sql_file(DerivedTable, path)
                if table is not None:
                    self._add("derived_table", store.derived, table, table.name, document, ())
            case ["libraries", _]:
                library, document = self._sql_file(Library, path)
                if library is not None:
                    self._add("library", store.libraries, library, library.id, document, ())
            case ["macros", _]:
                self._macros(path)
            case ["codes", _]:
                name = path.removeprefix("codes/").removesuffix(".csv")
                store.code_lists[name] = codelist.parse(store.files.data[path], path)
                store.places["code_list", name] = Place(path)

    def _list(self, path: str) -> None:
        """A file that is one list of objects."""
        store = self.store
        match path:
            case "databases.yaml":
                self._many(Database, "database", store.databases, self._document(path, {"databases"}), ("databases",))
            case "glossary.yaml":
                self._many(Term, "term", store.glossary, self._document(path, {"terms"}), ("terms",))
            case _:
                self._many(LogicalModel, "logical_model", store.models, self._document(path, {"models"}), ("models",))

    def _document(self, path: str, keys: set[str] | None = None) -> yamlfile.Document:
        document = yamlfile.parse(self.store.files.text(path), path)
        self.store.documents[path] = document
        if not isinstance(document.value, dict):
            raise ContentError("the file must be a block of keys", path=path, line=1)
        for key in sorted(set(document.value) - keys) if keys is not None else ():
            raise ContentError(
                f"unknown field {key!r}; known: {sorted(keys or ())}", path=path, line=document.line((key,))
            )
        return document

    def _one(self, model: type[C], kind: str, into: dict[str, C], document: yamlfile.Document) -> None:
        self._object(model, kind, into, document, ())

    def _many(
        self, model: type[C], kind: str, into: dict[str, C], document: yamlfile.Document, loc: tuple[str]
    ) -> None:
        assert isinstance(document.value, dict)
        items = document.value.get(loc[0])
        if not isinstance(items, list):
            raise ContentError(f"{loc[0]} must be a list", path=document.path, line=document.line(loc))
        for i in range(len(items)):
            self._object(model, kind, into, document, (*loc, i))

    def _object(
        self, model: type[C], kind: str, into: dict[str, C], document: yamlfile.Document, loc: tuple[str | int, ...]
    ) -> None:
        thing, problems = yamlfile.load(model, document, loc)
        self.problems += problems
        if thing is not None:
            self._add(kind, into, thing, str(getattr(thing, "id", "")), document, loc)

    def _identity(self, path: str, model: type[Content]) -> None:
        document = self._document(path)
        rules, problems = yamlfile.load(model, document)
        self.problems += problems
        if rules is not None:
            self._add("identity", self.store.identity_rules, rules, model.__name__, document, ())

    def _add(
        self,
        kind: str,
        into: dict[str, T],
        thing: T,
        name: str,
        document: yamlfile.Document,
        loc: tuple[str | int, ...],
    ) -> None:
        if name in into:
            file, line = self.store.place(kind, name)
            message = f"the {kind} {name!r} is declared twice; first at {file}:{line}"
            self.problems.append(Problem(document.path, document.line(loc), message))
            return
        into[name] = thing
        self.store.places[kind, name] = Place(document.path, loc)

    def _sql_file(self, model: type[C], path: str) -> tuple[C | None, yamlfile.Document]:
        table, problems, document = derivedfile.parse(model, self.store.files.text(path), path)
        self.store.documents[path] = document
        self.problems += problems
        return table, document

    def _macros(self, path: str) -> None:
        for name, macro in load_macros(self.store.files.text(path), origin=path).items():
            if name in self.store.macros:
                file, line = self.store.place("macro", name)
                message = f"the macro {name!r} is declared twice; first at {file}:{line}"
                self.problems.append(Problem(path, macro.line, message))
                continue
            self.store.macros[name] = macro
            self.store.places["macro", name] = Place(path, (macro.line,))
