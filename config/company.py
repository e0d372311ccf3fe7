"""A company's folder as a whole: its definitions, its sources, and what the two must agree on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from config.corrections import Corrections
from config.corrections import disagreements as corrections_problems
from config.definitions import Definitions
from config.id_settings import MATCH_RULES
from config.redaction import without_password
from config.settings import COMPANY_FOLDERS, home_folder, own_company_folders
from config.sources import Extract, Sources
from config.themes import THEMES_FILE, Themes
from config.yaml_file import CompanyFolderError, Model, YamlFile, check, fill_in_variables, read_yaml, unfilled, usable_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.error_messages import Location
    from config.id_settings import Ids, MatchRule
    from config.localization import Localization
    from config.sources import Claim

ACTIVITY_OF = {"contract": "contracts", "repeat_purchase": "purchases"}
"""The shared table that makes a customer active, by how the company sells."""

HOME = "CUSTOMER_MATH_HOME"
"""The variable that every company may name: where extracts may be, and no secret."""

ACQUISITION_OF = {
    "acquisitions.channel": (("leads", "channel"), ("deals", "channel")),
    "acquisitions.campaign": (("leads", "campaign"),),
}
"""What is known of how customers came, and the shared tables' columns of which any says so where it names customers."""
COMMENTS = frozenset({"tickets.comment", "surveys.comment"})
"""What customers wrote, in which themes are looked for."""


@dataclass(frozen=True)
class Company:
    """One company, as its folder describes it."""

    folder: Path
    definitions: Definitions
    sources: Sources
    corrections: Corrections = field(default_factory=Corrections)
    themes: Themes = field(default_factory=Themes)

    @property
    def name(self) -> str:
        """The folder's name; what the company is called on the command line and under the home folder."""
        return self.folder.name

    def extracts_of(self, dataset: str) -> dict[str, Extract]:
        """The extracts whose rows become rows of that shared table, by name."""
        return {name: extract for name, extract in self.sources.extracts.items() if extract.dataset == dataset}

    @property
    def mapped_extracts(self) -> tuple[str, ...]:
        """Names of the extracts whose rows become rows of a shared table; the others are only joined."""
        return tuple(name for name, extract in self.sources.extracts.items() if extract.dataset)

    @property
    def localization(self) -> Localization:
        """How its documents write numbers and days, and in which language."""
        return self.definitions.localization

    def ids_of(self, extract_name: str) -> Ids:
        """How the ids of an extract are compared: as the company says, but for what the extract says of its own."""
        own = self.sources.extracts[extract_name].ids
        return self.definitions.ids.model_copy(update={name: getattr(own, name) for name in own.model_fields_set} if own else {})

    def match_rules_of(self, extract_name: str) -> tuple[MatchRule, ...]:
        """By which rules the keys of an extract's rows stand for customers."""
        has = {"id": True, "crosswalk": bool(self.extracts_of("crosswalk")), "email": "customers.email" in self.supplied}
        declared = self.ids_of(extract_name).matched_by
        return declared if declared is not None else tuple(rule for rule in MATCH_RULES if has[rule])

    @property
    def supplied(self) -> frozenset[str]:
        """What the company's extracts and settings supply, as `dataset.column`, `costs.setting`, `acquisitions.channel`, `comments.theme`.

        Nothing of the way in which the company does not sell.
        """
        unsold = {dataset for sells_by, dataset in ACTIVITY_OF.items() if sells_by not in self.definitions.sells_by}
        mapped = (extract for extract in self.sources.extracts.values() if extract.dataset and extract.dataset not in unsold)
        columns = {f"{extract.dataset}.{column}" for extract in mapped for column in (*extract.columns, *extract.constants)}
        costs = {f"costs.{name}" for name, value in self.definitions.costs if value is not None}
        acquisitions = {
            target
            for target, by in ACQUISITION_OF.items()
            if any({f"{dataset}.customer_id", f"{dataset}.{column}"} <= columns for dataset, column in by)
        }
        reasons = {"departures.reason_code"} if "calls.reason_code" in columns else set[str]()
        themes = {"comments.theme"} if self.themes.used and columns & COMMENTS else set[str]()
        return frozenset(columns | costs | acquisitions | reasons | themes)

    def resolved_path(self, text: str) -> str:
        """A path or URL of sources.yaml with its variables filled in; raises CompanyFolderError naming one that is missing."""
        try:
            return fill_in_variables(text, defaults={HOME: str(home_folder())})
        except KeyError as missing:
            name = missing.args[0]
            where = f"{self.folder / 'sources.yaml'}:{self._line_that_names(name)}"
            problem = f"`{without_password(text)}` needs the environment variable {name}, which is not set; set it (export {name}=...)"
            raise CompanyFolderError([f"{where}: {problem}"]) from None

    def shown_path(self, text: str) -> str:
        """A path of sources.yaml as messages show it: with `${NAME}` as it is written; only our own folder is no secret."""
        if "://" in text:
            return without_password(text.partition("?")[0])
        shown = text.replace(f"${{{HOME}}}", str(home_folder()))
        return shown if shown.startswith("${") else str((self.folder / shown).absolute())

    def shown_name(self, name: str, text: str) -> str:
        """The name of a file that a path of sources.yaml leads to, with `${NAME}` where a value was filled in."""
        return unfilled(name, text, shown=[HOME])

    def _line_that_names(self, variable: str) -> int:
        lines = (self.folder / "sources.yaml").read_text(encoding="utf-8").splitlines()
        return next((number for number, line in enumerate(lines, start=1) if f"${{{variable}}}" in line), 1)


def find_company(name_or_folder: str) -> Path:
    """The folder of a company by its path, or by its name under config/; raises CompanyFolderError listing what there is."""
    own = own_company_folders()
    folders = (Path(name_or_folder), COMPANY_FOLDERS / name_or_folder, COMPANY_FOLDERS / "examples" / name_or_folder)
    for folder in folders if own is None else (*folders, own / name_or_folder):
        if (folder / "definitions.yaml").is_file() or (folder / "sources.yaml").is_file():
            return folder.resolve()
    there_are = ", ".join(str(folder) for folder in company_folders())
    raise CompanyFolderError(
        [f"{name_or_folder}: expected a company's folder with definitions.yaml and sources.yaml, found none; there are: {there_are}"]
    )


def company_folders() -> list[Path]:
    """Every company's folder under config/, and under `CUSTOMER_MATH_COMPANIES` where it is set."""
    own = own_company_folders()
    ours = sorted(path.parent for path in COMPANY_FOLDERS.glob("**/definitions.yaml"))
    return ours if own is None else [*ours, *sorted(path.parent for path in own.glob("*/definitions.yaml"))]


def company_names() -> tuple[str, ...]:
    """Every company by the name that finds its folder, those with folders of their own first and the examples last."""
    examples = [folder.name for folder in company_folders() if folder.parent.name == "examples"]
    others = [folder.name for folder in company_folders() if folder.parent.name != "examples"]
    return tuple(dict.fromkeys((*others, *examples)))


@dataclass(frozen=True)
class CompanyParts:
    """What a company's folder says, as far as it can be used, and every problem found in it."""

    folder: Path
    problems: tuple[str, ...]
    company: Company | None
    """The company; without what has problems of its own, where there is still something to be looked at. None: nothing is left."""
    sources_file: YamlFile | None = None
    """Where sources.yaml says what."""

    @property
    def is_whole(self) -> bool:
        """Whether the company is as its folder says, and nothing was left out or stands in for what is missing."""
        return not self.problems


def load_company(name_or_folder: str | Path) -> Company:
    """A company from its folder; raises CompanyFolderError with every problem found, by file and line."""
    parts = load_parts(name_or_folder)
    if parts.company is None or parts.problems:
        raise CompanyFolderError(parts.problems)
    return parts.company


def load_parts(name_or_folder: str | Path) -> CompanyParts:
    """A company's folder as far as it can be used; raises CompanyFolderError where there is no such folder."""
    folder = find_company(str(name_or_folder))
    definitions_file, definitions, problems_there = _read_part(folder / "definitions.yaml", Definitions)
    sources_file, sources, problems_here = _read_part(folder / "sources.yaml", Sources)
    corrections_file, corrections, problems_in_corrections = _read_if_there(folder / "corrections.yaml", Corrections)
    _themes_file, themes, problems_in_themes = _read_if_there(folder / THEMES_FILE, Themes)
    problems = (*problems_there, *problems_here, *problems_in_corrections, *problems_in_themes)
    if definitions_file is None or definitions is None or sources_file is None or sources is None or corrections is None or themes is None:
        usable = _usable_company(folder, (definitions_file, definitions), (sources_file, sources))
        return CompanyParts(folder, problems, usable, sources_file)
    company = Company(folder, definitions, sources, corrections, themes)
    disagreements = [
        *_format_problems(definitions_file, _definitions_problems(company)),
        *_format_problems(sources_file, (*_claim_problems(company), *_reads_problems(company), *_match_problems(company))),
    ]
    if corrections_file:
        disagreements += _format_problems(corrections_file, corrections_problems(corrections, sources))
    return CompanyParts(folder, tuple(disagreements), company, sources_file)


def _usable_company(
    folder: Path, definitions: tuple[YamlFile | None, Definitions | None], sources: tuple[YamlFile | None, Sources | None]
) -> Company | None:
    """The extracts that can be looked at all the same, as those of a company of which no more is certain than it must be."""
    stand_ins = {"company": folder.name, "currency": "XTS", "time_zone": "UTC", "sells_by": [*ACTIVITY_OF]}
    usable_definitions = definitions[1] or usable_part(definitions[0], Definitions, depth=1, stand_ins=stand_ins)
    usable_sources = sources[1] or usable_part(sources[0], Sources, depth=2)
    return Company(folder, usable_definitions, usable_sources) if usable_definitions and usable_sources else None


def _format_problems(file: YamlFile, problems: Iterable[tuple[Location, str]]) -> list[str]:
    """Problems of one file, each with the line that it is about."""
    return [f"{file.path}:{file.line(location)}: {'.'.join(map(str, location))}: {problem}" for location, problem in problems]


def _read_if_there(path: Path, model: type[Model]) -> tuple[YamlFile | None, Model | None, tuple[str, ...]]:
    """One of the files that a company may do without."""
    return _read_part(path, model) if path.exists() else (None, model(), ())


def _read_part(path: Path, model: type[Model]) -> tuple[YamlFile | None, Model | None, tuple[str, ...]]:
    """One file as its model, or the problems that were found in it."""
    file = None
    try:
        file = read_yaml(path)
        return file, check(file, model), ()
    except CompanyFolderError as error:
        return file, None, error.problems


def _definitions_problems(company: Company) -> Iterator[tuple[Location, str]]:
    """What the definitions name that there is none of."""
    for problems in (_activity_problems, _segment_problems, _name_problems, _experience_problems, _match_rule_problems):
        yield from problems(company)


def _activity_problems(company: Company) -> Iterator[tuple[Location, str]]:
    for sells_by in company.definitions.sells_by:
        dataset = ACTIVITY_OF[sells_by]
        if not company.extracts_of(dataset):
            yield ("sells_by",), f"the company sells by {sells_by}, but no extract in sources.yaml has `dataset: {dataset}`; add one"


def _segment_problems(company: Company) -> Iterator[tuple[Location, str]]:
    for name, segment in company.definitions.segments.items():
        extract_name, column = segment.source.split(".")
        extract = company.sources.extracts.get(extract_name)
        if extract is None:
            problem = _no_extract(company, extract_name)
        elif extract.shared is None:
            problem = f"extract `{extract_name}` has no `dataset`, so its rows are only joined; name another, or give it one"
        elif column not in {*extract.columns, *extract.constants, *extract.attributes}:
            problem = f"extract `{extract_name}` maps no column `{column}`; add it under its `attributes`"
        elif "customer_id" not in {*extract.columns, *extract.constants}:
            problem = f"extract `{extract_name}` maps no customer_id, so it cannot group customers; name another, or map it"
        else:
            continue
        yield ("segments", name, "from"), problem


def _name_problems(company: Company) -> Iterator[tuple[Location, str]]:
    definitions = company.definitions
    rules = ((("rules", "add", number, "extract"), rule.extract) for number, rule in enumerate(definitions.rules.add))
    allowed = ((("allowed_differences", number, "extract"), it.extract) for number, it in enumerate(definitions.allowed_differences))
    for location, name in (*rules, *allowed):
        if name not in company.sources.extracts:
            yield location, _no_extract(company, name)


def _experience_problems(company: Company) -> Iterator[tuple[Location, str]]:
    segments = company.definitions.segments
    for number, name in enumerate(company.definitions.experience.compared_within):
        if name not in segments:
            yield (
                ("experience", "compared_within", number),
                f"no segment `{name}`; name one of {', '.join(segments) or 'none: there are none'}",
            )


def _no_extract(company: Company, name: str) -> str:
    return f"no extract `{name}` in sources.yaml; name one of {', '.join(company.sources.extracts)}"


def _claim_problems(company: Company) -> Iterator[tuple[Location, str]]:
    """What a silo's claims name that its extract does not have, or that nothing can be matched by."""
    for name, extract in company.sources.extracts.items():
        for claimed, claim in extract.claims.items():
            location = ("extracts", name, "claims", claimed)
            if extract.shared is None:
                yield location, "the extract has no `dataset`, so its rows are only joined; give it one, or claim by another extract"
            else:
                yield from _unknown_columns(extract, claim, location)
                yield from _unmatched(company, (claim.matched_by,), location)


def _unknown_columns(extract: Extract, claim: Claim, location: Location) -> Iterator[tuple[Location, str]]:
    mapped = {*extract.columns, *extract.constants, *extract.attributes}
    named = {"on": [claim.on] if claim.on else [], "where": claim.where, "outside": claim.outside, "customer": [claim.customer]}
    for setting, columns in named.items():
        for column in columns:
            if column not in mapped:
                yield (*location, setting), f"the extract maps no column `{column}`; it maps {', '.join(sorted(mapped))}"


def _match_rule_problems(company: Company) -> Iterator[tuple[Location, str]]:
    """Rules by which the company matches keys, and for which it has no extract."""
    yield from _unmatched(company, company.definitions.ids.matched_by, ("ids",))


def _match_problems(company: Company) -> Iterator[tuple[Location, str]]:
    """The same of an extract's own rules."""
    for name, extract in company.sources.extracts.items():
        yield from _unmatched(company, extract.ids and extract.ids.matched_by, ("extracts", name, "ids"))


def _unmatched(company: Company, rules: Iterable[MatchRule] | None, location: Location) -> Iterator[tuple[Location, str]]:
    if "crosswalk" in (rules or ()) and not company.extracts_of("crosswalk"):
        yield (*location, "matched_by"), "there is no extract with `dataset: crosswalk`; add one, or match by id or email"
    if "email" in (rules or ()) and "customers.email" not in company.supplied:
        yield (*location, "matched_by"), "no extract of customers maps `email`; map it, or match by id or crosswalk"


def _reads_problems(company: Company) -> Iterator[tuple[Location, str]]:
    """Extracts that `reads` names and that are not there, or that no SQL can read."""
    extracts = company.sources.extracts
    for name, extract in extracts.items():
        for number, read in enumerate(extract.reads):
            location = ("extracts", name, "reads", number)
            if read not in extracts:
                yield location, f"no extract `{read}` in sources.yaml; name one of {', '.join(extracts)}"
            elif not extracts[read].path and not extracts[read].database:
                yield location, f"extract `{read}` is itself made by `sql`; name one that has a `path` or `database`"
