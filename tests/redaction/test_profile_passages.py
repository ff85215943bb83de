"""What a profile says about passages."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.profile import SURE, Profile, load_profile, read_profile, shipped
from sottovoce.values.errors import Unfit
from sottovoce.values.kinds import KINDS
from sottovoce.values.passage import PassageAction

HEAD = 'name = "own"\nversion = 1\n'
PRIVILEGED = ["leg.acp", "leg.workproduct", "leg.other_privilege", "leg.protected"]
KIND = st.sampled_from(sorted(KINDS))
ACTION = st.sampled_from(list(PassageAction))


def own(text: str = "") -> Profile:
    return read_profile((HEAD + text).encode())


def test_what_a_profile_does_not_name_is_labelled() -> None:
    assert {own().passage_action(kind, 1.0) for kind in KINDS} == {PassageAction.LABEL}


@pytest.mark.parametrize("kind", ["leg.unheard-of", "", "leg", "own.project"])
def test_a_kind_that_we_do_not_know_is_labelled(kind: str) -> None:
    assert load_profile("gdpr-default").passage_action(kind, 1.0) is PassageAction.LABEL


@settings(deadline=None)
@given(KIND, ACTION, ACTION)
def test_a_kind_goes_before_its_category(
    kind: str, of_kind: PassageAction, of_category: PassageAction
) -> None:
    category = kind.split(".")[0]
    profile = own(f'[passages]\n{category} = "{of_category.value}"\n"{kind}" = "{of_kind.value}"\n')

    others = {profile.passages[k] for k in KINDS if k.startswith(f"{category}.") and k != kind}
    assert profile.passage_action(kind, 1.0) is of_kind
    assert others <= {of_category}
    assert all(
        profile.passages[k] is PassageAction.LABEL
        for k in KINDS
        if not k.startswith(f"{category}.")
    )


@given(st.floats(0, 1))
def test_what_is_not_sure_is_restricted_and_not_quarantined(confidence: float) -> None:
    action = own('[passages]\nleg = "quarantine"\n').passage_action("leg.acp", confidence)

    assert (action is PassageAction.QUARANTINE) == (confidence >= SURE)
    assert action in (PassageAction.QUARANTINE, PassageAction.RESTRICT)


@pytest.mark.parametrize("kind", PRIVILEGED)
def test_the_default_publishes_nothing_that_is_surely_privileged(kind: str) -> None:
    assert load_profile("gdpr-default").passage_action(kind, 0.9) is PassageAction.QUARANTINE


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("kind", PRIVILEGED)
def test_every_shipped_profile_at_least_restricts_what_is_privileged(name: str, kind: str) -> None:
    assert load_profile(name).passage_action(kind, 0.6) is PassageAction.RESTRICT


@pytest.mark.parametrize("kind", [k for k in KINDS if k.startswith("hlt.")])
def test_the_default_restricts_talk_of_health(kind: str) -> None:
    assert load_profile("gdpr-default").passage_action(kind, 1.0) is PassageAction.RESTRICT


@settings(deadline=None)
@given(KIND, ACTION, st.sampled_from(shipped()))
def test_the_digest_changes_with_what_is_done_about_any_passage(
    kind: str, action: PassageAction, name: str
) -> None:
    profile = load_profile(name)
    passages = {**profile.passages, kind: action}
    other = replace(profile, passages=passages)

    assert (other.digest == profile.digest) == (profile.passages[kind] is action)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('passages = "label"', "passages is not a table"),
        ('[passages]\nlegal = "label"', "passages have legal"),
        ('[passages]\n"leg.acp" = "mask"', "action of leg.acp is none of label, restrict"),
        ('[passages]\n"leg.acp" = true', "action of leg.acp"),
        ('[passages]\nleg.acp = "restrict"', "action of leg"),
        ('[passages]\n"leg.gold" = "label"', "passages have leg.gold"),
    ],
)
def test_what_is_wrong_is_refused_and_named(text: str, named: str) -> None:
    with pytest.raises(Unfit) as caught:
        own(text)

    assert named in str(caught.value)


def test_a_kind_without_quotes_is_explained() -> None:
    with pytest.raises(Unfit) as caught:
        own('[passages]\nleg.acp = "restrict"')

    assert '"leg.name"' in caught.value.hint
