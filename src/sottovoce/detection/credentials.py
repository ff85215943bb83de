"""Secrets that are said: passwords, answers to security questions, keys, seed phrases, passphrases.

Rules:
1. After `password is` a secret runs on over letters, figures, signs and uncommon words; a word that
   says how the password is (`wrong`, `not`) starts none.
2. The answer to a security question is what follows `is`, or a short next turn.
3. A key is spelled after its cue or begins like one; twelve words or more after `seed phrase` that
   are no sentence are a wallet.
4. A phrase to be said after somebody is a passphrase, whole.
"""

from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard

SECRET, KEY, WALLET, PHRASE = "per.credential", "biz.cred", "fin.crypto", "bio.passphrase"
_LONGEST_SECRET, _LONGEST_KEY = 24, 80
_LONGEST_ANSWER, _LONGEST_REPLY, _LONGEST_PHRASE = 4, 8, 30
_FEWEST_SEED, _MOST_SEED = 11, 30
_SPELLED = frozenset("uzotTFhlnvcR")


def find_credentials(heard: Heard) -> tuple[Candidate, ...]:
    """Return secrets that are said."""
    found = [*_secrets(heard), *_symbols(heard), *_answers(heard), *_keys(heard)]
    found += [*_seeds(heard), *_phrases(heard), *_logins(heard)]
    return tuple(found)


def _after_is(heard: Heard, stop: int) -> int | None:
    """Return the word after `is`, or None where the cue is only talked about."""
    start = heard.over(stop, "secret_is")
    led = not heard.spans.words("must_is").isdisjoint(heard.u.words[stop:start])
    signed = stop < len(heard.u) and ":" in heard.u.gap(stop)
    return start if (led or signed) and start < len(heard.u) else None


def _secrets(heard: Heard) -> list[Candidate]:
    found = []
    for _, stop in heard.of("secret_cue"):
        start = _after_is(heard, stop)
        if start is None:
            if not _is_marked(heard, stop):
                continue
            start = stop
        refused = heard.u.words[start] in heard.spans.words("not_secret")
        if refused and not (_is_spelling(heard, start) or _is_marked(heard, start)):
            continue
        end = _secret_end(heard, start)
        if end > start:
            found.append(Candidate(SECRET, start, end, 0.8))
    return found


def _is_marked(heard: Heard, i: int) -> bool:
    return heard.starts("case_mark", i) > i and heard.starts("case_mark", i) < len(heard.u)


def _is_spelling(heard: Heard, i: int) -> bool:
    """Tell whether a sign, a letter or a figure follows word i."""
    u = heard.u
    if i + 1 >= len(u) or heard.is_break(i + 1):
        return False
    return heard.starts("symbol", i + 1) > i + 1 or u.classes[i + 1] in "uzoTtFln"


def _secret_end(heard: Heard, start: int) -> int:
    u, i = heard.u, start
    while i < min(len(u), start + _LONGEST_SECRET):
        sign = max(heard.starts("symbol", i), heard.starts("case_mark", i))
        if sign > i:
            i = sign
            continue
        spelled = u.classes[i] in _SPELLED and u.classes[i] != "v"
        first = i == start or heard.starts("symbol", _sign_before(heard, i)) == i
        if i > start and _is_sentence_end(heard, i):
            break
        if not (spelled or first or _is_uncommon(heard, i) or _is_spelling(heard, i)):
            break
        if u.words[i] in heard.spans.words("secret_end") and not _is_spelling(heard, i):
            break
        i += 1
    return i


def _sign_before(heard: Heard, i: int) -> int:
    return next((i - n for n in (2, 1) if i >= n and heard.starts("symbol", i - n) == i), i)


def _is_sentence_end(heard: Heard, i: int) -> bool:
    gap = heard.u.gap(i)
    return any(sign in ".;?\n" for sign in gap) and (" " in gap or "\n" in gap)


def _is_uncommon(heard: Heard, i: int) -> bool:
    return heard.u.words[i] not in heard.lexicon.common


def _symbols(heard: Heard) -> list[Candidate]:
    """Read a secret that nothing announces: letters with signs that no other value has."""
    found: list[Candidate] = []
    if not heard.of("rare_symbol"):
        return found
    marks = {i for role in ("symbol", "case_mark") for a, b in heard.of(role) for i in range(a, b)}
    for start, stop in heard.of("rare_symbol"):
        if found and start < found[-1].stop:
            continue
        begin, end = _stretch(heard, start, stop, marks)
        rare = heard.count("rare_symbol", begin, end)
        if (rare >= 2 or heard.count("case_mark", begin, end)) and end - begin >= 5:
            found.append(Candidate(SECRET, begin, end, 0.6))
    return found


def _stretch(heard: Heard, start: int, stop: int, marks: set[int]) -> tuple[int, int]:
    u, i, j = heard.u, start, stop
    while (
        i > 0 and start - i < _LONGEST_SECRET and (u.classes[i - 1] in _SPELLED or i - 1 in marks)
    ):
        i -= 1
    while j < len(u) and j - stop < _LONGEST_SECRET and (u.classes[j] in _SPELLED or j in marks):
        j += 1
    return i, j


def _answers(heard: Heard) -> list[Candidate]:
    found = []
    for _, stop in heard.of("answer_cue"):
        start = _after_is(heard, stop)
        if start is None or heard.u.words[start] in heard.spans.words("not_secret"):
            continue
        if end := _clause_end(heard, start, _LONGEST_ANSWER):
            found.append(Candidate(SECRET, start, end, 0.92))  # surer than the name that it may be
    if SECRET in heard.awaited and not found and len(heard.u) <= _LONGEST_REPLY:
        start = 0
        while start < len(heard.u) and heard.u.words[start] in heard.spans.words("answer_lead"):
            start += 1
        talk = heard.spans.words("not_secret") | heard.spans.words("talk")
        if 0 < len(heard.u) - start <= _LONGEST_ANSWER and heard.u.words[start] not in talk:
            found.append(Candidate(SECRET, start, len(heard.u), 0.6))
    return found


def _clause_end(heard: Heard, start: int, longest: int) -> int:
    i = start + 1
    while i < min(len(heard.u), start + longest) and not heard.ends(i, "secret_end"):
        i += 1
    return i


def _keys(heard: Heard) -> list[Candidate]:
    found = []
    for role, kind in (("key_words", KEY), ("wallet_cue", WALLET), ("host_cue", KEY)):
        for _, stop in heard.of(role):
            start = heard.over(stop, "secret_is")
            end, spelled = _key_end(heard, start, hosts=role == "host_cue")
            if spelled >= (2 if role == "host_cue" else 4):
                found.append(Candidate(kind, start, end, 0.9))
    for start, stop in heard.of("key_start"):
        end, spelled = _key_end(heard, stop, hosts=False)
        if spelled >= 4:
            kind = WALLET if spelled >= 30 else KEY
            found.append(Candidate(kind, start, end, 0.85))
    return found


def _key_end(heard: Heard, start: int, *, hosts: bool) -> tuple[int, int]:
    """Return where a spelled key ends, and how many of its words are spelled or signs."""
    u, signs, i, spelled = heard.u, heard.spans.words("file_words"), start, 0
    while i < min(len(u), start + _LONGEST_KEY):
        sign = max(heard.starts("symbol", i), heard.starts("case_mark", i))
        if sign > i or u.words[i] in signs:
            spelled += u.words[i] in signs or not hosts
            i = max(sign, i + 1)
            continue
        is_part = u.classes[i] in _SPELLED - {"v"} or len(u.words[i]) == 1
        joined = i > start and u.words[i - 1] in signs
        before_sign = (
            i + 1 < len(u) and u.words[i + 1] in signs and (i == start or _is_uncommon(heard, i))
        )
        if not (is_part or joined or before_sign):
            break
        spelled += is_part and not hosts
        i += 1
    return i, spelled


def _seeds(heard: Heard) -> list[Candidate]:
    """Take a run of words that are no sentence after `seed phrase`."""
    starts = [heard.over(stop, "seed_lead") for _, stop in heard.of("seed")]
    if WALLET in heard.awaited:
        starts.append(0)
    talk, u = heard.spans.words("talk"), heard.u
    for start in starts:
        i = start
        while (
            i < min(len(u), start + _MOST_SEED) and u.words[i] not in talk and u.words[i].isalnum()
        ):
            i += 1
        if i - start >= _FEWEST_SEED:
            return [Candidate(WALLET, start, i, 0.9)]
    return []


def _phrases(heard: Heard) -> list[Candidate]:
    found = [Candidate(PHRASE, a, b, 0.9) for a, b in heard.of("pass_phrase")]
    for stop in [stop for _, stop in heard.of("repeat")][-1:]:
        if 3 <= len(heard.u) - stop <= _LONGEST_PHRASE and not found:
            found.append(Candidate(PHRASE, stop, len(heard.u), 0.7))
    if PHRASE in heard.awaited and not found and 3 <= len(heard.u) <= _LONGEST_PHRASE:
        found.append(Candidate(PHRASE, 0, len(heard.u), 0.65))
    return found


def _logins(heard: Heard) -> list[Candidate]:
    found = []
    for _, stop in heard.of("login_cue"):
        start = _after_is(heard, stop)
        if start is None and stop < len(heard.u):  # `logged in as`
            start = stop if heard.u.words[stop - 1] in heard.spans.words("must_is") else None
        if start is None or heard.u.words[start] in heard.spans.words("not_secret"):
            continue
        end = _secret_end(heard, start)
        if end > start and (end - start > 1 or _is_uncommon(heard, start)):
            found.append(Candidate("per.username", start, end, 0.75))
    return found
