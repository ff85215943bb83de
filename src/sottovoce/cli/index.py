"""Find recordings by what is readable nowhere: ``index find|words|destroy``.

Rules:
1. What is looked for is asked for or read from standard input, never taken from the command line:
   that is kept in histories and seen by all who list processes.
2. Every search is an entry, written before its answer: which kind, how many were found, never what.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from sottovoce.cli.approvers import expect_order, with_approver_key
from sottovoce.cli.at_vault import Commands, OpenVault, confirm, json_verb, opening, wired_vault
from sottovoce.cli.recordings import as_object, expect_purpose
from sottovoce.steps.approving import Order
from sottovoce.steps.indexing import LEAST, identifier, telephone, words_of
from sottovoce.values.errors import Missing, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.tokens import Purpose, Term
from sottovoce.vault.vault import Vault

_LONGEST = 4096


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_vault
) -> None:
    """Add ``index`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("index", help="find recordings by a number, an address, a word")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    by_identifier = "find recordings by a telephone, account or other number, or an e-mail address"
    by_words = "find recordings in which all of some words were said"
    for name, meaning, run in (("find", by_identifier, find), ("words", by_words, words)):
        verb = json_verb(verbs, name, meaning, run)
        verb.epilog = "What is looked for is asked for, or read from standard input."
        verb.add_argument("--purpose", metavar="NAME", default="unstated", help="what it is for")
    verb.add_argument(
        "--language", metavar="CODE", default="en", help="what was spoken (default: en)"
    )
    meaning = "destroy the key of tokens: what was kept before is found by them no more"
    verb = json_verb(verbs, "destroy", meaning, destroy)
    verb.add_argument("tokens", choices=[purpose.value for purpose in Purpose], help="which")
    with_approver_key(verb).add_argument("--yes", action="store_true", help="do not ask")


def find(arguments: argparse.Namespace) -> int:
    """Find recordings by an identifier: as a telephone number too, if it has only digits."""
    text = _asked("Which number or address? ")
    if sum(letter.isalnum() for letter in text) < LEAST:
        raise Unfit(f"a number or address has {LEAST} letters and digits or more")
    terms = [[identifier(text)]]
    if not any(letter.isalpha() for letter in text):
        terms.append([telephone(text)])
    return _show(arguments, Purpose.IDENTIFIERS, terms)


def words(arguments: argparse.Namespace) -> int:
    """Find recordings by words; those that are too common to be indexed are left out."""
    from sottovoce.detection.knowledge import shipped  # Late: no other search needs it.

    asked = words_of(_asked("Which words? "))
    common = shipped(arguments.language).lexicon.common
    terms = [term for term in asked if term.text not in common]
    if not terms:
        raise Unfit(
            f"of {len(asked)} words none is indexed: all are too common",
            hint="look for a word that is rarer, or say with --language what was spoken",
        )
    if left_out := len(asked) - len(terms):
        print(f"left out: {left_out} words that are too common to be indexed", file=sys.stderr)
    return _show(arguments, Purpose.WORDS, [terms])


def destroy(arguments: argparse.Namespace) -> int:
    """Destroy the key of one kind of tokens after asking."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        if not arguments.yes:
            confirm(
                f"Destroy the key of {arguments.tokens}? Nothing kept before is found by them.",
                nobody="nobody can be asked whether to destroy the key",
                refused="the key was not destroyed",
            )
        expect_order(vault, arguments, Order("index", {"tokens": arguments.tokens}))
        event = vault.event("index.destroyed", tokens=arguments.tokens)
        index = vault.destroy_tokens(Purpose(arguments.tokens), event=event)
    if arguments.json:
        print(json.dumps({"tokens": arguments.tokens, "entry": index}))
    elif index is None:
        print(f"there is no key of {arguments.tokens}; it was destroyed already or never made")
    else:
        print(f"the key of {arguments.tokens} is destroyed, with all its tokens: entry {index}")
    return 0


def _asked(question: str) -> str:
    if sys.stdin.isatty():
        print(question, end="", file=sys.stderr, flush=True)
    text = sys.stdin.readline(_LONGEST + 1)
    if len(text) > _LONGEST:
        raise Unfit(f"what is looked for has more than {_LONGEST} characters")
    return text.strip()


def _show(arguments: argparse.Namespace, tokens: Purpose, ways: Sequence[Sequence[Term]]) -> int:
    expect_purpose(arguments.purpose)
    with opening(arguments.vault, arguments.open_vault) as vault:
        found = [_sought(vault, tokens, terms, arguments.purpose) for terms in ways]
        ids = dict.fromkeys(recording for some in found for recording in some)
        holdings = sorted(_there(vault, ids), key=lambda holding: (holding.begun_at, holding.id))
    for holding in holdings:
        if arguments.json:
            print(json.dumps(as_object(holding)))
        else:
            print(f"{holding.id}  {holding.begun_at:%Y-%m-%d %H:%M}  {holding.state.value}")
    if not arguments.json:
        print(f"{len(holdings)} recordings", file=sys.stderr)
    return 0


def _there(vault: Vault, ids: Iterable[RecordingId]) -> Iterator[Holding]:
    """Yield what is held; what was erased since it was found is left out."""
    for recording in ids:
        with suppress(Missing):
            holding = vault.show(recording)
            if holding.state is not State.ERASED:
                yield holding


def _sought(
    vault: Vault, tokens: Purpose, terms: Sequence[Term], purpose: str
) -> tuple[RecordingId, ...]:
    def event(asked: str, found: int) -> Event:
        facts = {"tokens": tokens.value, "purpose": purpose, "asked": asked}
        return vault.event("index.searched", None, **facts, found=found, terms=len(terms))

    return vault.seek(terms, event=event)
