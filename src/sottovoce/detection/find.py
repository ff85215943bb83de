"""One turn of talk: look where words may carry a value, and say what is found there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sottovoce.detection.added import find_added
from sottovoce.detection.conversation import Act, Conversation
from sottovoce.detection.dated import name_dates, without
from sottovoce.detection.dense import find_dense, find_misheard, find_passwords
from sottovoce.detection.find_spans import find_spans
from sottovoce.detection.glance import MOST_FIGURES, MOST_FIGURES_KNOWN
from sottovoce.detection.harmless import load_ordinary, mark_harmless
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.lexicon import WORD, Lexicon
from sottovoce.detection.names import find_names
from sottovoce.detection.places import find_addresses, find_emails
from sottovoce.detection.runs import find_cues, mark
from sottovoce.detection.scene import Scene
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spot import Spot, spot_of
from sottovoce.detection.tagger import Tagged
from sottovoce.detection.tags import (
    ASKED,
    DOUBT,
    RULE_IS_SURE,
    believed,
    beside,
    from_tags,
    lived_in,
)
from sottovoce.detection.talk import act_of, after_talk, bare_from, is_bare
from sottovoce.detection.unsupported import find_unsupported
from sottovoce.detection.utterance import Utterance, read
from sottovoce.detection.values import find_values
from sottovoce.values.kinds import QUIET

NO_ALTERNATIVES: Mapping[int, Sequence[str]] = {}
_TAGGED = ("name", "address")
_SAID_BEFORE = 16
_FIRST = ("fin.cvv", "fin.pin", "fin.pan")


def find(
    text: str,
    conversation: Conversation,
    knowledge: Knowledge,
    alternatives: Mapping[int, Sequence[str]] = NO_ALTERNATIVES,
) -> tuple[Spot, ...]:
    """Return what is sensitive in one turn, in order; the conversation learns from it.

    ``alternatives`` are what else a word may have been, by the character at which it begins.
    """
    if not knowledge.is_complete:
        return _of_unknown(text, knowledge)
    lexicon = knowledge.lexicon
    before = conversation.said
    tags = _tags(text, conversation, knowledge)
    if not tags and not alternatives and _is_ordinary(text, conversation, knowledge):
        conversation.learn(Act(), (), lexicon)
        return ()
    scene = _scene(read(text, lexicon, alternatives), conversation, tags, before, knowledge)
    if not scene.plain.words:
        return ()
    found = _merged(_candidates(scene))
    conversation.learn(act_of(scene.plain, scene.cues, lexicon), found, lexicon)
    return tuple(spot_of(scene.plain, candidate) for candidate in found)


def _tags(text: str, conversation: Conversation, knowledge: Knowledge) -> Sequence[Tagged]:
    """Return what the tagger marks; the conversation remembers the words for the next turn."""
    if knowledge.tagger is None:
        return ()
    printed = WORD.findall(text)
    tags = knowledge.tags(printed, conversation.said)
    conversation.said = tuple(printed[-_SAID_BEFORE:])
    return tags


def _of_unknown(text: str, knowledge: Knowledge) -> tuple[Spot, ...]:
    """Return the figures of a text in a language that is not known, and what an owner adds."""
    figures = find_unsupported(text, knowledge.language).spots
    if not knowledge.is_added_to:
        return figures
    u = read(text, knowledge.lexicon)
    return (*figures, *(spot_of(u, c) for c in find_added(u, knowledge)))


def _is_ordinary(text: str, conversation: Conversation, knowledge: Knowledge) -> bool:
    """Tell by one look at the words that nothing can be found; most talk ends here."""
    if conversation.open or conversation.awaited or knowledge.is_added_to:
        return False
    most = MOST_FIGURES_KNOWN if conversation.figures else MOST_FIGURES
    most = 0 if knowledge.spans.hot else most  # any number may be a sum, an age or a result
    words = knowledge.lexicon.glance.ordinary(text, most_figures=most)
    if words is None or knowledge.spans.may_start(frozenset(words)):
        return False
    return conversation.names.isdisjoint(words)


def _scene(
    plain: Utterance,
    conversation: Conversation,
    tags: Sequence[Tagged],
    before: Sequence[str],
    knowledge: Knowledge,
) -> Scene:
    lexicon, asked = knowledge.lexicon, conversation.scopes()
    cues = find_cues(plain, lexicon)
    marked = mark(plain, cues, eager=bool(cues or asked), lexicon=lexicon)
    classes = list(marked.classes)
    mark_harmless(marked, classes, load_ordinary(lexicon.language))
    u = replace(marked, classes="".join(classes))
    return Scene(
        plain=plain,
        u=u,
        cues=cues,
        asked=asked,
        conversation=conversation,
        knowledge=knowledge,
        tags=tags,
        before=before,
        bare=is_bare(u, lexicon),
        bare_from=bare_from(u, lexicon),
    )


def _candidates(scene: Scene) -> list[Candidate]:
    dates = name_dates(scene)
    scene = without(scene, dates)
    found = [*dates, *_addresses(scene), *_names(scene), *find_values(scene)]
    found += _tagged(scene, found)
    found += find_passwords(scene)
    found += find_misheard(scene, found)
    found += find_dense(scene, found)
    found += find_added(scene.plain, scene.knowledge)
    found += _spans(scene)
    return found + _known(scene.u, scene.conversation, scene.lexicon)


def _spans(scene: Scene) -> Sequence[Candidate]:
    conversation = scene.conversation
    spans = find_spans(
        scene.plain, scene.cues, scene.lexicon, awaited=frozenset(conversation.awaited)
    )
    conversation.await_kinds(spans.asks)
    return spans.candidates


def _addresses(scene: Scene) -> list[Candidate]:
    asked = scene.conversation.asks("address")
    streets = find_addresses(
        scene.u,
        cue_stops=scene.stops("address"),
        answer=scene.bare_from if asked else None,
        lexicon=scene.lexicon,
    )
    mails = find_emails(scene.u, cue_stops=scene.stops("email"), lexicon=scene.lexicon)
    return [*streets, *mails]


def _names(scene: Scene) -> list[Candidate]:
    names = find_names(
        scene.u,
        asked=scene.conversation.asks("name"),
        bare_from=scene.bare_from,
        answers=tuple(after_talk(scene.u, i, scene.lexicon) for i in scene.stops("name")),
        lexicon=scene.lexicon,
    )
    if scene.knowledge.tagger is None or all(c.confidence >= RULE_IS_SURE for c in names):
        return list(names)
    return believed(names, _marked(scene, DOUBT))


def _marked(scene: Scene, least: float) -> Sequence[Tagged]:
    """Return what the tagger marks by another bound than its own."""
    u = scene.plain
    printed = [u.text[start:end] for start, end in zip(u.starts, u.ends, strict=True)]
    return scene.knowledge.tags(printed, scene.before, least)


def _tagged(scene: Scene, found: Sequence[Candidate]) -> list[Candidate]:
    asked = frozenset(shape for shape in _TAGGED if scene.conversation.asks(shape))
    tags = list(scene.tags)
    if asked:
        tags += [tag for tag in _marked(scene, ASKED) if tag.label in asked]
    tagged = beside(from_tags(scene.u, tags, asked), found)
    return tagged + lived_in(
        scene.u, [*found, *tagged], load_ordinary(scene.lexicon.language).lived
    )


def known_names(text: str, conversation: Conversation, lexicon: Lexicon) -> tuple[Spot, ...]:
    """Return the words of a text that are parts of names found anywhere in the conversation."""
    words = WORD.findall(text.lower())
    if conversation.names.isdisjoint(lexicon.without_possessive(word) for word in words):
        return ()
    u = read(text, lexicon)
    return tuple(spot_of(u, c) for c in _known(u, conversation, lexicon))


def _known(u: Utterance, conversation: Conversation, lexicon: Lexicon) -> list[Candidate]:
    if not conversation.names:
        return []
    mixed = not u.text.isupper() and not u.text.islower()
    return [
        Candidate("per.name", i, i + 1, 0.7, word)
        for i, word in enumerate(lexicon.without_possessive(w) for w in u.words)
        if word in conversation.names
        and (not mixed or u.capital(i) or word not in lexicon.ambiguous)
    ]


def _merged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Join what overlaps under the surest kind, so that no word that was found is lost."""
    merged: list[Candidate] = []
    for c in sorted(candidates, key=lambda c: (c.start, -c.stop)):
        if not merged or c.start >= merged[-1].stop:
            merged.append(c)
            continue
        last = merged[-1]
        best = max(last, c, key=_rank)
        merged[-1] = replace(best, start=last.start, stop=max(last.stop, c.stop))
    return merged


def _rank(c: Candidate) -> tuple[bool, bool, float]:
    return c.kind not in QUIET, c.kind in _FIRST and c.confidence >= 0.8, c.confidence
