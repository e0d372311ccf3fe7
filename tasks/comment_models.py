"""Themes and moods of comments, learnt offline from the company's own: suggestions for a person, never a truth.

scikit-learn and py3langid come with the extra `themes`, and are imported where they are used.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.themes import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Terms = csr_matrix
    Numbers = NDArray[np.float64]
    Truths = NDArray[np.bool_]

SEED = 0
FEWEST_COMMENTS = 200
"""A language in which fewer were written has no themes that would be stable."""
MOST_THEMES, COMMENTS_A_THEME = 10, 50
"""So many themes are looked for at most, and one for so many comments."""
SMALLEST_LIKENESS = 0.6
"""Cosine of the terms of one theme in two halves of the comments from which on it is the same in both."""
KEYWORDS_COUNT = 6
FOLDS = 5
SMALLEST_AREA = 0.85
"""Area under the curve, out of fold, below which a mood is not offered."""
PORTUGUESE = (
    "a agora ao aos aquela aquele aqui as ate com como da das de dela dele deles desde do dos e ela elas ele eles em entre era "
    "essa esse esta estao estas estava este estes estou eu foi for foram ha isso isto ja la lhe mais mas me mesma mesmo meu meus "
    "minha minhas muita muito na nas nem no nos nossa nosso num numa o os ou para pela pelas pelo pelos por porque pra qual quando "
    "que quem sao se seja sem ser sera seu seus sim so sobre sou sua suas tambem te tem tenho teve tinha toda todas todo todos "
    "tudo um uma uns voce voces vou "
)
WORD = r"(?u)\b[^\W\d_]{3,}\b"
"""Three letters or more."""
NEGATIONS = frozenset({"no", "nor", "not", "never", "without", "cannot", "cant", "none", "nothing"})
"""What turns a comment round is no filling."""
TRIED = {"en": "English", "pt": "Portuguese"}
"""Languages in which suggestions were really tried, whose filling words are known."""


@dataclass(frozen=True)
class Suggestion:
    """One theme that comments of one language have in common."""

    keywords: tuple[str, ...]
    language: str
    likeness: float
    """Cosine of its terms in two halves of the comments."""
    comments_count: int
    unhappy_count: int | None
    """Of these, those of a low mood; none where no mood is offered."""


@dataclass(frozen=True)
class Mood:
    """Whether comments of low scores can be told from those of high ones by what they say, out of fold."""

    area: float
    right_rate: float
    majority_rate: float
    """How often one would be right who always says the more frequent one."""
    low: Truths
    """Of every comment, whether its mood is low: by its score where it has a low or a high one, else by its text."""

    @property
    def is_offered(self) -> bool:
        """Whether it is good enough to be shown."""
        return self.area >= SMALLEST_AREA and self.right_rate > self.majority_rate


def languages_of(texts: Sequence[str]) -> list[str]:
    """The language of each text, as py3langid takes it, by its two letters; a rare one is taken for the most frequent.

    In few words any language looks like its neighbours.
    """
    import py3langid  # noqa: PLC0415 - comes with an extra

    guessed = [str(py3langid.classify(text)[0]) for text in texts]
    counts = Counter(guessed)
    common = counts.most_common(1)[0][0] if counts else ""
    return [language if counts[language] >= FEWEST_COMMENTS else common for language in guessed]


def mood_of(texts: Sequence[str], is_low: Sequence[bool | None]) -> Mood | None:
    """The mood that the company's own scores teach, measured out of fold; none where both kinds of scores are not frequent enough.

    Comments that say the same are in one fold, so that no answer is learnt by heart. Letters and not words are looked at,
    so that no language is needed.
    """
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - comes with an extra
    from sklearn.model_selection import GroupKFold, cross_val_predict  # noqa: PLC0415 - the same

    plain = np.asarray([plain_text(text) for text in texts], dtype=object)
    is_scored = np.asarray([low is not None for low in is_low], dtype=np.bool_)
    low = np.asarray([bool(value) for value in is_low], dtype=np.bool_)
    learnt, answers = plain[is_scored], low[is_scored]
    if min(answers.sum(), (~answers).sum()) < FEWEST_COMMENTS // 2 or len(set(learnt)) < FOLDS:
        return None
    model, folds = _mood_model(), GroupKFold(FOLDS)
    chances = np.asarray(cross_val_predict(model, learnt, answers, groups=learnt, cv=folds, method="predict_proba"))[:, 1]
    right = float(np.mean((chances > 0.5) == answers))
    if not is_scored.all():
        low[~is_scored] = model.fit(learnt, answers).predict(plain[~is_scored])
    return Mood(float(roc_auc_score(answers, chances)), right, max(float(answers.mean()), 1 - float(answers.mean())), low)


def _mood_model():  # noqa: ANN202 - a pipeline of a library that is imported here only
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - comes with an extra
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - the same
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - the same

    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, max_features=60_000)
    return make_pipeline(letters, LogisticRegression(C=4, max_iter=300))


def suggestions(texts: Sequence[str], languages: Sequence[str], low: Truths | None) -> list[Suggestion]:
    """Themes of each language that has enough comments, as far as they are the same in two halves of them; the largest first."""
    every: list[Suggestion] = []
    for language, count in Counter(languages).items():
        if count >= FEWEST_COMMENTS:
            of_language = np.asarray(languages, dtype=object) == language
            chosen = [plain_text(texts[number]) for number in np.flatnonzero(of_language).tolist()]
            every += _of_language(chosen, language, None if low is None else low[of_language])
    return sorted(every, key=lambda suggestion: (-suggestion.comments_count, suggestion.keywords))


def _of_language(texts: Sequence[str], language: str, low: Truths | None) -> list[Suggestion]:
    terms, names = _terms(texts, language)
    themes_count = min(MOST_THEMES, len(texts) // COMMENTS_A_THEME, len(names))
    if themes_count < 2:
        return []
    weights, whole = _factors(terms, themes_count)
    is_first_half = np.random.default_rng(SEED).random(len(texts)) < 0.5
    halves = [_factors(terms[half], themes_count)[1] for half in (is_first_half, ~is_first_half)]
    likeness = _likeness(whole, *halves)
    theme = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
    stable: list[Suggestion] = []
    for number in np.flatnonzero(likeness >= SMALLEST_LIKENESS):
        is_its = theme == number
        best = tuple(str(names[term]) for term in np.argsort(-whole[number], kind="stable")[:KEYWORDS_COUNT] if whole[number][term] > 0)
        unhappy_count = None if low is None else int(low[is_its].sum())
        stable.append(Suggestion(best, language, float(likeness[number]), int(is_its.sum()), unhappy_count))
    return [suggestion for suggestion in stable if suggestion.comments_count]


def _terms(texts: Sequence[str], language: str) -> tuple[Terms, Sequence[str]]:
    """How much each word, or pair of words, weighs in each text; filling words weigh nothing."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer  # noqa: PLC0415 - comes with an extra

    fillings: Mapping[str, set[str]] = {"en": {*ENGLISH_STOP_WORDS} - NEGATIONS, "pt": {*PORTUGUESE.split()}}
    fewest = max(5, len(texts) // 500)
    split = TfidfVectorizer(
        token_pattern=WORD,
        stop_words=sorted(fillings.get(language, ())) or None,
        ngram_range=(1, 2),
        min_df=min(fewest, len(texts)),
        max_df=0.4,
        sublinear_tf=True,
    )
    try:
        return split.fit_transform(texts), [str(name) for name in split.get_feature_names_out()]
    except ValueError:  # no word is left that is neither too rare nor too frequent
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - takes as long as the rest

        return csr_matrix((len(texts), 0)), ()


def _factors(terms: Terms, themes_count: int) -> tuple[Numbers, Numbers]:
    """How much of each theme is in each text, and how much each term weighs in each theme."""
    from sklearn.decomposition import NMF  # noqa: PLC0415 - comes with an extra

    choices: dict[str, Any] = {"n_components": themes_count, "init": "nndsvda", "random_state": SEED, "max_iter": 400, "tol": 1e-3}
    model = NMF(**choices)
    return model.fit_transform(terms), model.components_


def _likeness(whole: Numbers, one_half: Numbers, other_half: Numbers) -> Numbers:
    """Of each theme of the whole, how much alike are the themes of both halves that are most like it."""
    lengths = [np.maximum(np.linalg.norm(terms, axis=1, keepdims=True), np.finfo(float).tiny) for terms in (whole, one_half, other_half)]
    unit, one, other = (terms / length for terms, length in zip((whole, one_half, other_half), lengths, strict=True))
    nearest = [(unit @ half.T).argmax(axis=1) for half in (one, other)]
    return np.sum(one[nearest[0]] * other[nearest[1]], axis=1)
