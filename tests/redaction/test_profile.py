import hashlib
import json
import os
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.profile import MUST_BURN, Profile, load_profile, read_profile, shipped
from sottovoce.redaction.replacing import Replacing
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS

KIND = st.sampled_from(sorted(KINDS))
ACTION = st.sampled_from(list(Action))
HEAD = 'name = "own"\nversion = 1\n'


def own(text: str = "", *, head: str = HEAD) -> Profile:
    return read_profile((head + text).encode())


def refusal(text: str, *, head: str = HEAD) -> Unfit:
    with pytest.raises(Unfit) as caught:
        own(text, head=head)
    return caught.value


def test_the_shipped_profiles_are_those_that_the_documentation_names() -> None:
    assert shipped() == ("gdpr-default", "hipaa", "hipaa-safe-harbor", "pci", "research")


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_loads_under_its_own_name(name: str) -> None:
    profile = load_profile(name)

    assert profile.name == name
    assert set(profile.actions) == set(KINDS)
    assert profile.purpose


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("kind", ["fin.cvv", "fin.pin", "fin.track"])
def test_what_law_forbids_to_keep_is_burnt_by_every_shipped_profile(name: str, kind: str) -> None:
    assert load_profile(name).action(kind) is Action.BURN


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("kind", ["fin.pan", "sys.unexplained", "per.other_unique"])
def test_every_shipped_profile_hides_what_may_be_a_card(name: str, kind: str) -> None:
    assert load_profile(name).action(kind) is not Action.KEEP


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("per.name", id="(A) names"),
        pytest.param("per.address", id="(B) geographic subdivisions"),
        pytest.param("per.postcode", id="(B) ZIP codes"),
        pytest.param("per.dob", id="(C) dates"),
        pytest.param("per.phone", id="(D) telephone numbers"),
        pytest.param("per.fax", id="(E) fax numbers"),
        pytest.param("per.email", id="(F) electronic mail addresses"),
        pytest.param("per.ssn", id="(G) social security numbers"),
        pytest.param("hlt.mrn", id="(H) medical record numbers"),
        pytest.param("hlt.member", id="(I) health plan beneficiary numbers"),
        pytest.param("fin.acct", id="(J) account numbers"),
        pytest.param("per.dl", id="(K) licence numbers"),
        pytest.param("per.plate", id="(L) vehicle identifiers"),
        pytest.param("per.device", id="(M) device identifiers"),
        pytest.param("per.url", id="(N) URLs"),
        pytest.param("per.ip", id="(O) IP addresses"),
        pytest.param("bio.voiceprint", id="(P) biometric identifiers"),
        pytest.param("per.photo", id="(Q) photographs"),
        pytest.param("per.other_unique", id="(R) any other unique code"),
    ],
)
@pytest.mark.parametrize("name", ["hipaa", "hipaa-safe-harbor"])
def test_hipaa_hides_the_eighteen_identifiers(kind: str, name: str) -> None:
    assert load_profile(name).action(kind) is not Action.KEEP


def test_what_nobody_named_is_masked() -> None:
    actions = own().actions

    assert {action for kind, action in actions.items() if kind not in MUST_BURN} == {Action.MASK}


@settings(deadline=None)
@given(KIND)
def test_a_category_covers_its_kinds_and_no_others(kind: str) -> None:
    category = kind.split(".")[0]
    profile = own(f'[categories]\n{category} = "burn"\n')

    burnt = {k for k, action in profile.actions.items() if action is Action.BURN}
    assert burnt == {k for k in KINDS if k.startswith(f"{category}.")} | set(MUST_BURN)


@settings(deadline=None)
@given(KIND, ACTION)
def test_a_kind_goes_before_its_category(kind: str, action: Action) -> None:
    if (kind, action) == ("sys.unexplained", Action.KEEP) or kind in MUST_BURN:
        action = Action.BURN
    category = kind.split(".")[0]
    profile = own(f'[categories]\n{category} = "mask"\n[kinds]\n"{kind}" = "{action.value}"\n')

    assert profile.action(kind) is action


@pytest.mark.parametrize("kind", ["per.unheard-of", "", "fin", "FIN.PAN"])
def test_a_kind_that_we_do_not_know_is_masked(kind: str) -> None:
    assert load_profile("pci").action(kind) is Action.MASK


def test_only_what_is_burnt_is_hidden_in_what_is_kept() -> None:
    profile = load_profile("pci").only_burning()
    hidden = {kind for kind in KINDS if profile.action(kind) is not Action.KEEP}

    assert hidden == {"fin.cvv", "fin.pin", "fin.track", "fin.dtmf"}
    assert {profile.action(kind) for kind in hidden} == {Action.BURN}


def as_toml(profile: Profile) -> str:
    rows = "".join(f"'{k}'='{a.value}'\n" for k, a in reversed(profile.actions.items()))
    said = "".join(f"'{k}'='{a.value}'\n" for k, a in profile.passages.items())
    said += "[replace]\n" + "".join(f"{k}='{v}'\n" for k, v in profile.replace.facts().items())
    return (
        f"# Another way to say it.\npurpose='other'\nversion={profile.version}\n"
        f"name='{profile.name}'\n[kinds]\n{rows}[passages]\n{said}"
    )


@pytest.mark.parametrize("name", shipped())
def test_the_digest_is_that_of_what_is_said_however_it_is_written(name: str) -> None:
    profile = load_profile(name)
    text = (files("sottovoce.redaction") / "profiles" / f"{name}.toml").read_text()
    said_otherwise = ["# hello\n" + text, text.replace("\n", "\r\n"), as_toml(profile)]

    assert {own(other, head="").digest for other in said_otherwise} == {profile.digest}


@settings(deadline=None)
@given(KIND, ACTION, st.sampled_from(shipped()))
def test_the_digest_changes_with_any_action(kind: str, action: Action, name: str) -> None:
    profile = load_profile(name)
    other = replace(profile, actions={**profile.actions, kind: action})

    assert (other.digest == profile.digest) == (profile.action(kind) is action)


def test_the_digest_changes_with_name_and_version() -> None:
    heads = ['name = "own"\nversion = 1\n', 'name = "own"\nversion = 2\n', 'name = "o"\nversion=1']

    assert len({own(head=head).digest for head in heads}) == 3


def test_the_digest_is_of_the_canonical_form_that_is_specified() -> None:
    actions = {k: "burn" if k in MUST_BURN else "mask" for k in sorted(KINDS)}
    form = json.dumps(
        {
            "actions": actions,
            "name": "own",
            "passages": dict.fromkeys(KINDS, "label"),
            "unknown_language": "quarantine",
            "version": 1,
        },
        sort_keys=True,
        separators=(",", ":"),
    )

    assert own().digest == hashlib.sha256(form.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('action = "mask"', "action"),
        ("[kind]", "kind"),
        ('[categories]\nmoney = "mask"', "categories have money"),
        ('[kinds]\n"fin.gold" = "mask"', "kinds have fin.gold"),
        ('[kinds]\n"fin" = "mask"', "kinds have fin,"),
        ('[kinds]\n"FIN.PAN" = "mask"', "kinds have FIN.PAN"),
        ('[kinds]\n"fin.pan" = "hide"', "action of fin.pan"),
        ('[kinds]\n"fin.pan" = "Mask"', "action of fin.pan"),
        ('[kinds]\n"fin.pan" = true', "action of fin.pan"),
        ('[kinds]\n"fin.pan" = ["mask"]', "action of fin.pan"),
        ('[kinds]\n"fin.pan" = {}', "action of fin.pan"),
        ('[kinds]\n"fin.pan" = nan', "action of fin.pan"),
        ('[categories]\nfin = ""', "action of fin"),
        ('categories = "mask"', "categories is not a table"),
        ("kinds = []", "kinds is not a table"),
        ("[[kinds]]", "kinds is not a table"),
        ("purpose = 3", "purpose"),
        ('purpose = "two\\nlines"', "purpose"),
        ('purpose = "\\u001b[2J"', "purpose"),
        (f'purpose = "{"x" * 201}"', "purpose"),
    ],
)
def test_what_is_wrong_is_refused_and_named(text: str, named: str) -> None:
    assert named in str(refusal(text))


@pytest.mark.parametrize(
    "name", ["3", '""', '"Own"', '"a b"', '"../pci"', f'"{"a" * 41}"', '"é"', '"a\\n"', "[]"]
)
def test_a_bad_name_is_refused(name: str) -> None:
    assert "profile's name" in str(refusal("", head=f"name = {name}\nversion = 1\n"))


@pytest.mark.parametrize(
    "version", ["0", "-1", "1.0", "true", '"1"', "1_000_000", "9" * 4000, "1979-05-27", "inf"]
)
def test_a_bad_version_is_refused(version: str) -> None:
    assert "profile's version" in str(refusal("", head=f'name = "own"\nversion = {version}\n'))


@pytest.mark.parametrize("head", ["", 'name = "own"', "version = 1"])
def test_a_missing_field_is_refused(head: str) -> None:
    assert "profile's" in str(refusal("", head=head))


@pytest.mark.parametrize(
    "text",
    [
        '[kinds]\n"sys.unexplained" = "keep"',
        '[categories]\nsys = "keep"',
        '[categories]\nsys = "mask"\n[kinds]\n"sys.unexplained" = "keep"',
    ],
)
def test_voice_not_understood_is_never_kept(text: str) -> None:
    assert "sys.unexplained" in str(refusal(text))


def test_a_kind_without_quotes_is_explained() -> None:
    assert '"per.name"' in refusal('[kinds]\nper.name = "mask"').hint


def test_a_name_unfit_for_a_terminal_is_not_printed() -> None:
    said = refusal('[kinds]\n"fin.pan" = "mask"\n"\\u001b[31mred" = "mask"')

    assert "row 2" in str(said)
    assert "\x1b" not in str(said) + said.hint


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"\0" * 100, id="zeros"),
        pytest.param(b"RIFF\x24\x00\x00\x00WAVEfmt ", id="a sound"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"name = 'a'\nname = 'b'\n", id="a field twice"),
        pytest.param(b"[kinds]\n'fin.pan' = 'mask'\n'fin.pan' = 'keep'\n", id="a kind twice"),
        pytest.param(b"a = " + b"[" * 16_000, id="deep brackets"),
        pytest.param(b"a = " + b"{b=" * 5_000, id="deep tables"),
        pytest.param(b"version = " + b"9" * 5_000, id="a number too long for int"),
        pytest.param(b"version = 2024-99-99", id="a day that is none"),
    ],
)
def test_what_is_not_toml_is_refused(data: bytes) -> None:
    with pytest.raises(Unfit, match="not TOML"):
        read_profile(data)


def test_the_line_that_is_not_toml_is_said_and_not_shown() -> None:
    said = refusal('[kinds]\n"fin.pan" = secret-word\n')

    assert "line 4" in str(said)
    assert "secret-word" not in str(said)


def test_an_empty_file_is_refused() -> None:
    assert "name" in str(refusal("", head=""))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_profile_or_the_one_error(data: bytes) -> None:
    try:
        profile = read_profile(data)
    except Unfit:
        return
    assert set(profile.actions) == set(KINDS)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["name", "version", "purpose", "categories", "kinds", "x"]),
        st.one_of(
            st.integers(),
            st.text(max_size=5),
            st.booleans(),
            st.dictionaries(st.sampled_from(["fin", "fin.pan", "x"]), st.text(max_size=5)),
        ),
    )
)
def test_any_table_gives_a_profile_or_the_one_error(table: dict[str, object]) -> None:
    text = "".join(f"{k} = {_inline(v)}\n" for k, v in table.items())
    tomllib.loads(text)
    try:
        own(text, head="")
    except Unfit:
        return
    assert set(table) <= {"name", "version", "purpose", "categories", "kinds"}


def _inline(value: object) -> str:
    if isinstance(value, dict):
        rows = ", ".join(f"{_inline(k)} = {_inline(v)}" for k, v in value.items())
        return f"{{{rows}}}"
    text = json.dumps(value, ensure_ascii=False)
    return text if not isinstance(value, str) else text.replace("\x7f", "\\u007f")


def test_an_own_profile_is_loaded_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(HEAD + '[kinds]\n"per.name" = "keep"\n')
    profile = load_profile(str(tmp_path / "own.toml"))

    assert profile.action("per.name") is Action.KEEP


def refused(path: Path | str) -> Unfit:
    with pytest.raises(Unfit) as caught:
        load_profile(str(path))
    return caught.value


@pytest.mark.parametrize("name", ["", "PCI", "pci ", "../pci", "pci.json", "gdpr", "\0"])
def test_a_name_that_is_none_says_which_there_are(name: str) -> None:
    assert ", ".join(shipped()) in refused(name).hint


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / "Jo Bloggs.toml")

    assert "not a file" in str(said)
    assert "Bloggs" not in str(said)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").mkdir()

    assert "not a file" in str(refused(tmp_path / "own.toml"))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "own.toml")

    assert "not a file" in str(refused(tmp_path / "own.toml"))


def test_a_path_with_a_zero_is_refused() -> None:
    assert "not a file" in str(refused("a\0b.toml"))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "own.toml").open("wb") as file:
        file.truncate(1 << 40)

    assert "more than 16384 bytes" in str(refused(tmp_path / "own.toml"))


def test_a_file_of_just_the_limit_is_read(tmp_path: Path) -> None:
    text = HEAD.ljust(16_384, "#")
    (tmp_path / "own.toml").write_text(text)
    load_profile(str(tmp_path / "own.toml"))
    (tmp_path / "own.toml").write_text(text + "#")

    assert "more than" in str(refused(tmp_path / "own.toml"))


@pytest.mark.parametrize("action", ["keep", "mask", "replace"])
def test_what_may_not_be_kept_cannot_be_spared(action: str) -> None:
    data = f'name = "own"\nversion = 1\n[kinds]\n"fin.cvv" = "{action}"\n'.encode()

    with pytest.raises(Unfit, match=r"does not burn fin\.cvv"):
        read_profile(data)


def test_what_may_not_be_kept_is_burnt_though_the_category_is_kept() -> None:
    profile = read_profile(b'name = "own"\nversion = 1\n[categories]\nfin = "keep"\n')

    assert profile.action("fin.pin") is Action.BURN


def test_what_stand_ins_look_like_is_numbers_when_a_profile_does_not_say() -> None:
    assert own().replace == own("[replace]\n").replace == Replacing()
    assert own('[replace]\nstyle = "tag"\n').digest == own().digest


@pytest.mark.parametrize(
    "row", ['style = "natural"', 'dates = "shift"', 'dates = "year"', 'ages = "cap"']
)
def test_what_stand_ins_look_like_is_in_the_digest(row: str) -> None:
    assert own(f"[replace]\n{row}\n").digest != own().digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("replace = 1", "not a table"),
        ("[replace]\ncolour = 1", "1 rows that we do not know"),
        ("[replace]\nstyle = 1", "replace.style is none of tag, natural"),
        ("[replace]\nstyle = []", "replace.style is none of tag, natural"),
        ('[replace]\ndates = "keep"', "replace.dates is none of tag, shift, year"),
        ('[replace]\nages = "shift"', "replace.ages is none of tag, cap"),
        ('[replace]\nplaces = "tag"', "replace.places is none of style, generalise"),
    ],
)
def test_a_wrong_table_of_stand_ins_is_refused(text: str, said: str) -> None:
    assert said in str(refusal(text))


def test_no_old_profile_says_more_than_it_did() -> None:
    for name in ("gdpr-default", "hipaa", "pci"):
        assert load_profile(name).replace == Replacing()
