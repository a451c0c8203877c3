"""fusion release: who may let a draft out, and what each view shows of it."""

from tests.cli.release.test_killed import CHIEF, WRITTEN, listed, state_of, written
from tests.two_desks import CN, PK, Desks

CN_TO_PK = {"ops.beijing.cn": "ops.islamabad.pk"}
URGENT = (
    *("send", "--kind", "WARNING", "--to", "ops.beijing.cn", "--precedence", "FLASH"),
    *("--tlp", "RED", "--rel", "pk", "--rel", "cn", "--mode", "EXERCISE"),
    *("--set", "release=EMERGENCY", "--set", "details.threat=ROADSIDE_BOMB"),
    *("--set", "details.target=CONVOY", "--set", "details.urgency=IMMEDIATE"),
    *("--set", "details.severity=SEVERE", "--set", "details.certainty=LIKELY"),
    *("--set", "details.advice=HOLD_MOVEMENT", "--set", "assessment.reliability=B"),
    *("--set", "assessment.credibility=2", "--set", "place.site=KKH-BESHAM-DASU"),
    *("--set", "when.from=2026-11-25T06:00:00Z", "--set", "request.acknowledge=NONE"),
)


def test_what_waits_is_told_at_its_desk_and_nowhere_else(desks: Desks) -> None:
    name = written(desks, "Waits for the second officer")
    told = desks.run(PK, "list").out
    assert f"waits for release: {name[:8]} Waits for the second officer" in told
    outbox = desks.run(PK, "list", "--json").json()["outbox"]
    (waits,) = [one for one in outbox["release"] if one["name"] == name]
    assert waits["state"] == "WAITING"
    shown = desks.run(PK, "show", name).out
    assert "not released: a second officer must sign it" in shown
    assert listed(desks, CN, "Waits for the second officer") == []
    drafts = desks.run(PK, "release", "list", "--json").json()["drafts"]
    (mine,) = [one for one in drafts if one["name"] == name]
    assert (mine["own"], mine["may_sign"], mine["returned"]) == (True, False, None)


def test_a_releaser_is_shown_what_he_signs_and_asked(desks: Desks) -> None:
    name = written(desks, "Read before it is signed")
    said = desks.run(PK, "release", "sign", name, *CHIEF)
    assert said.code == 2
    assert said.err.splitlines()[-5:-1] == [
        "",
        "Sign: duty-4@ops.islamabad.pk · ACTUAL · Priority · release: Route status",
        "TLP:AMBER cn pk · to ops.beijing.cn",
        "> Read before it is signed",
    ]
    assert name not in said.err
    assert said.err.count("Read before it is signed") == 2, "the text, and its subject"
    assert said.out == ""
    assert state_of(desks, name) == "WAITING"
    read = desks.run(PK, "release", "show", name[:10], *CHIEF)
    assert (read.code, read.err) == (0, "")
    assert name in read.out
    content = desks.run(PK, "release", "show", name, *CHIEF, "--json").json()["content"]
    assert content["subject"]["text"] == "Read before it is signed"
    assert content["release"] == "RELEASED"


def test_who_releases_a_remark_reads_about_which_bulletin(desks: Desks) -> None:
    subject = "Landslide above the bridge"
    to_pk = [CN_TO_PK.get(one, one) for one in WRITTEN]
    sent = desks.run(CN, *to_pk, "--subject", subject, "--json").json()["name"]
    ((name, _),) = listed(desks, PK, subject)
    assert name == sent
    remark = ("--remark", "Seen from the road", "--json")
    made = desks.run(PK, "ack", name, *remark).json()
    assert made["state"] == "waiting"
    place = f"{CN}#{desks.run(PK, 'show', name, '--json').json()['index']}"
    for lang, who, step, relation in (
        ("en", "Sign: ", "release: Acknowledged", "Acknowledged"),
        ("ur", "دستخط: ", "اجرا: وصولی کی تصدیق", "وصولی کی تصدیق"),
        ("zh", "签署：", "签发：已确认", "已确认"),
    ):
        asked = ("--lang", lang, "release", "sign", made["name"], *CHIEF)
        said = desks.run(PK, *asked).err
        assert "> Seen from the road" in said
        first, handled, about, title, _ = said.splitlines()[-5:]
        assert first.startswith(f"{who}duty-4@ops.islamabad.pk · ")
        assert first.endswith(f" · {step}")
        assert handled.startswith("TLP:AMBER cn pk · ")
        assert (about, title) == (f"{relation} {place}", f"> {subject}")
        assert name not in said


def test_who_may_not_release(desks: Desks) -> None:
    name = written(desks, "Not by these")
    for officer in ("duty-1", "duty-2"):
        said = desks.run(PK, "release", "sign", name, "--officer", officer, "--yes")
        assert said.code == 2
        assert "has no key in role releaser" in said.err
        back = ("release", "return", name, "--officer", officer, "--code", "OTHER")
        assert desks.run(PK, *back).code == 2
    own = desks.run(PK, *WRITTEN, "--subject", "His own", *CHIEF, "--json").json()
    said = desks.run(PK, "release", "sign", own["name"], *CHIEF, "--yes")
    assert said.code == 2
    assert "you wrote it; another officer must release it" in said.err
    for one in (name, own["name"]):
        assert state_of(desks, one) == "WAITING"
    assert listed(desks, CN, "His own") == listed(desks, CN, "Not by these") == []


def test_what_is_given_back_by_a_known_code_says_so_in_three_languages(
    desks: Desks,
) -> None:
    name = written(desks, "Given back")
    said = desks.run(PK, "release", "return", name, *CHIEF, "--code", "UGLY")
    assert said.code == 2
    assert "INCOMPLETE, LABEL, NOT_NOW, OTHER" in said.err
    back = ("release", "return", name, *CHIEF, "--code", "not_now")
    assert desks.run(PK, *back, "--json").json() == {"name": name, "state": "RETURNED"}
    for lang, text, why in (
        ("en", "given back", "NOT_NOW"),
        ("ur", "واپس کیا گیا", "ابھی نہیں"),
        ("zh", "已退回", "暂不签发"),
    ):
        waits = desks.run(PK, "--lang", lang, "release", "list").out
        (line,) = [one for one in waits.splitlines() if name[:8] in one]
        assert text in line
        assert f"{why} duty-4@ops.islamabad.pk" in line
        lines = desks.run(PK, "--lang", lang, "list").out.splitlines()
        (line,) = [one for one in lines if f"--again {name[:16]}" in one]
        assert why in line
        assert why in desks.run(PK, "--lang", lang, "show", name).out
    again = desks.run(PK, "release", "sign", name, *CHIEF, "--yes")
    assert again.code == 2
    assert "no draft of that name waits for release here" in again.err


def test_who_countersigns_is_shown_the_text_and_asked(desks: Desks) -> None:
    subject = "Stop the convoy at once"
    sent = desks.run(PK, *URGENT, "--subject", subject, "--json").json()
    said = desks.run(PK, "release", "countersign", sent["name"], *CHIEF)
    assert said.code == 2
    place = f"{PK}#{desks.run(PK, 'show', sent['name'], '--json').json()['index']}"
    assert said.err.splitlines()[-5:-1] == [
        "",
        "Sign: duty-4@ops.islamabad.pk · EXERCISE · Flash · Countersigned: Warning",
        f"TLP:RED cn pk · to ops.beijing.cn · {place}",
        f"> {subject}",
    ]
    assert sent["name"] not in said.err
    assert said.out == ""
    done = desks.run(PK, "release", "countersign", sent["name"], *CHIEF, "--yes")
    assert (done.code, done.err) == (0, "")
