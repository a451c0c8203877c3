"""One full bulletin of each kind, as officers would write it; all of one exercise."""

import copy
from typing import Any

LATER = "2099-12-31T23:59:59Z"

Json = dict[str, Any]
CALL, DAY = "ROUND-4", "2026-11-25"


def example(kind: str) -> Json:
    """Return the JSON object of a valid bulletin of that kind, a copy."""
    return copy.deepcopy(EXAMPLES[kind])


def sendable(kind: str) -> Json:
    """Return the same, with what it asks for still to be done, whenever it is sent."""
    made = example(kind)
    later = {"response_by": LATER, "acknowledge_by": LATER}
    asked = made.get("request", {})
    return made | ({"request": asked | later} if asked.keys() & later.keys() else {})


def span(kind: str, text: str, value: str = "") -> Json:
    return {"kind": kind, "text": text} | ({"value": value} if value else {})


def text(name: str, lang: str, words: str, *spans: Json) -> Json:
    return {"id": name, "lang": lang, "text": words, "spans": list(spans)}


def bulletin(
    kind: str, precedence: str, lang: str, subject: str, paragraphs: list[Json]
) -> Json:
    return {
        "kind": kind,
        "precedence": precedence,
        "mode": "EXERCISE",
        "label": {"tlp": "AMBER", "releasable_to": ["cn", "pk"]},
        "to": ["ops.beijing.cn"],
        "info": [],
        "subject": {"id": "s0", "lang": lang, "text": subject},
        "segments": paragraphs,
    }


def when(start: str, end: str = "") -> Json:
    period = {"from": f"{DAY}T{start}:00Z"}
    return period | ({"to": f"{DAY}T{end}:00Z"} if end else {})


DASU = {"site": "DASU-HPP", "lat": "35.317", "lon": "73.193", "error_m": 200}
ROAD = {"site": "KKH-BESHAM-DASU", "segment": "KKH-SOUTH", "km": "142.5"}
GRADED = {"reliability": "B", "credibility": 2, "likelihood": "LIKELY"}
OWN = {"reliability": "A", "credibility": 1}
SOURCE = "PK-H-07"  # of reliability B; the desk that sends must have it registered

EXAMPLES: dict[str, Json] = {
    "WARNING": bulletin(
        "WARNING",
        "FLASH",
        "ur",
        "مشق: بشام داسو سڑک پر قافلے کو بم کا خطرہ",
        [
            text(
                "s1",
                "ur",
                "مشق۔ 25 نومبر 2026 کو 06:00Z سے 12:00Z تک سڑک کنارے بم کا خطرہ ہے۔"
                " ROUND-4 روانہ نہ ہو۔",
                span("DATE", "25 نومبر 2026", DAY),
                span("TIME", "06:00Z"),
                span("TIME", "12:00Z"),
                span("CODE", CALL),
            ),
            text("s2", "ur", "بارودی مواد دیکھا نہیں گیا؛ خبر ایک ہی ذریعے سے ہے۔"),
        ],
    )
    | {
        "when": when("06:00", "12:00"),
        "place": ROAD,
        "assessment": {**GRADED, "source": SOURCE},
        "request": {
            "response": "AVOID",
            "response_by": f"{DAY}T05:00:00Z",
            "acknowledge": "ACTION",
            "acknowledge_by": f"{DAY}T03:30:00Z",
        },
        "details": {
            "threat": "ROADSIDE_BOMB",
            "target": "CONVOY",
            "actors": ["UNATTRIBUTED"],
            "urgency": "EXPECTED",
            "severity": "SEVERE",
            "certainty": "LIKELY",
            "advice": ["HOLD_MOVEMENT", "USE_ALTERNATE_ROUTE"],
            "basis": ["PARTNER"],
        },
    },
    "INCIDENT": bulletin(
        "INCIDENT",
        "FLASH",
        "en",
        "EXERCISE: staff bus hit by a roadside bomb near Dasu",
        [
            text(
                "s1",
                "en",
                "EXERCISE. At 07:20Z a device went off beside a staff bus at"
                " 43S DU 12340 56780. Two engineers were killed, five were injured.",
                span("TIME", "07:20Z"),
                span("GRID", "43S DU 12340 56780", "43SDU1234056780"),
            ),
            text("s2", "en", "It is not known whether there is a second device."),
        ],
    )
    | {
        "when": when("07:20"),
        "place": DASU | {"mgrs": "43SDU1234056780"},
        "assessment": OWN,
        "details": {
            "attack": "ROADSIDE_BOMB",
            "target": "STAFF_TRANSPORT",
            "actors": ["UNATTRIBUTED"],
            "status": "ONGOING",
            "killed": 2,
            "injured": 5,
            "injured_severely": 1,
            "taken": 0,
            "missing": 0,
            "accounted": False,
            "killed_by_country": [{"country": "CHN", "count": 2}],
            "injured_by_country": [
                {"country": "CHN", "count": 3},
                {"country": "PAK", "count": 2},
            ],
            "damage": "HEAVY",
            "response": ["SHELTER", "ACCOUNT_FOR_STAFF"],
            "unknowns": ["SECOND_DEVICE", "ATTACKERS"],
            "basis": ["OWN_REPORT"],
        },
    },
    "SIGHTING": bulletin(
        "SIGHTING",
        "IMMEDIATE",
        "zh-Hans",
        "演习：营地上空发现小型无人机",
        [
            text(
                "s1",
                "zh-Hans",
                "演习。09:05Z在达苏水电站营地上空发现一架小型无人机，高度约120米。",
                span("TIME", "09:05Z"),
                span("PLACE", "达苏水电站", "DASU-HPP"),
                span("NUMBER", "120"),
            )
        ],
    )
    | {
        "when": when("09:05", "09:15"),
        "place": DASU,
        "assessment": GRADED,
        "details": {
            "size": "1",
            "activity": "HOVERING",
            "unit": "NONE",
            "equipment": "SMALL_UAV",
            "sensor": "PATROL",
            "in_view": False,
            "vehicles": [
                {"vehicle": "SMALL_UAV", "count": 1, "colours": ["BLACK"]},
                {"vehicle": "PICKUP", "count": 2, "colours": ["WHITE", "GREY"]},
            ],
            "heading": "NORTH_EAST",
            "height_m": 120,
            "observer_grid": "43SDU1236056790",
            "observer_plan": "KEEPS_WATCH",
        },
    },
    "SITREP": bulletin(
        "SITREP",
        "ROUTINE",
        "en",
        "EXERCISE: situation on the corridor, 25 November 2026",
        [
            text(
                "s1",
                "en",
                "EXERCISE. Work goes on at all sites but Dasu. 340 of staff sheltered.",
                span("PLACE", "Dasu", "DASU-HPP"),
                span("NUMBER", "340"),
            )
        ],
    )
    | {
        "when": when("00:00", "12:00"),
        "details": {
            "posture": "HIGH",
            "escort_strength": "PARTIAL",
            "staffing": "FULL",
            "services": "FULL",
            "incidents": 1,
            "route_state": "AMBER",
            "needs": ["BOMB_DISPOSAL", "INTERPRETER"],
            "sites": [
                {
                    "site": "DASU-HPP",
                    "level": "SEVERE",
                    "work": "PAUSED",
                    "staffing": "FULL",
                    "services": "FULL",
                },
                {
                    "site": "GWADAR-PORT",
                    "level": "GUARDED",
                    "work": "ACTIVE",
                    "staffing": "PARTIAL",
                    "services": "FULL",
                },
            ],
            "roads": [
                {"segment": "KKH-SOUTH", "state": "AMBER", "cause": "LANDSLIDE"},
                {"segment": "COAST", "state": "GREEN"},
            ],
            "forces": [
                {"agency": "SSD_NORTH", "strength": "FULL"},
                {"agency": "LEVIES", "strength": "PARTIAL"},
            ],
            "weather": ["CLEAR", "WIND"],
            "next_report": "2026-11-26T00:00:00Z",
        },
    },
    "MEDEVAC": bulletin(
        "MEDEVAC",
        "FLASH",
        "zh-Hans",
        "演习：请求直升机医疗后送，两名伤员",
        [
            text(
                "s1",
                "zh-Hans",
                "演习。接运点43S DU 12340 56780，呼号MEDIC-1。两名伤员，一名危急。",
                span("GRID", "43S DU 12340 56780", "43SDU1234056780"),
                span("CODE", "MEDIC-1"),
            )
        ],
    )
    | {
        "when": when("07:40"),
        "place": DASU,
        "assessment": OWN,
        "details": {
            "pickup_grid": "43SDU1234056780",
            "call_sign": "MEDIC-1",
            "frequency_khz": "121500",
            "urgent": 1,
            "urgent_surgical": 0,
            "priority": 1,
            "routine": 0,
            "convenience": 0,
            "equipment": ["VENTILATOR", "OXYGEN"],
            "litter": 1,
            "walking": 1,
            "security": "POSSIBLE_ENEMY",
            "marking": "SMOKE",
            "nationality": ["CHN", "PAK"],
            "status": ["STAFF"],
            "hazards": ["WIRES", "DUST"],
            "terrain": "VALLEY",
            "mist": [
                {
                    "patient": "P1",
                    "precedence": "URGENT",
                    "age": "ADULT",
                    "nationality": "CHN",
                    "hurt_at": f"{DAY}T07:20:00Z",
                    "mechanism": ["BLAST", "FRAGMENTS"],
                    "injuries": ["CHEST", "LEG_LEFT", "HEAVY_BLEEDING"],
                    "consciousness": "VERBAL",
                    "pulse": 124,
                    "breathing": 28,
                    "systolic": 85,
                    "oxygen": 91,
                    "treatment": ["TOURNIQUET", "CHEST_SEAL"],
                },
                {
                    "patient": "P2",
                    "precedence": "PRIORITY",
                    "age": "ADULT",
                    "nationality": "PAK",
                    "mechanism": ["BLAST"],
                    "injuries": ["ARM_RIGHT", "FRACTURE"],
                    "consciousness": "ALERT",
                    "pulse": 92,
                    "treatment": ["SPLINT", "PAIN_RELIEF"],
                },
            ],
        },
    },
    "MEDEVAC_STATUS": bulletin(
        "MEDEVAC_STATUS",
        "FLASH",
        "ur",
        "مشق: ہیلی کاپٹر روانہ، 08:25Z پر آمد متوقع",
        [
            text(
                "s1",
                "ur",
                "مشق۔ MEDIC-1 روانہ ہو چکا ہے؛ دونوں مریض گلگت لے جائے جائیں گے۔",
                span("CODE", "MEDIC-1"),
                span("PLACE", "گلگت", "GILGIT"),
            )
        ],
    )
    | {
        "details": {
            "state": "LAUNCHED",
            "asset": "HELICOPTER",
            "call_sign": "MEDIC-1",
            "arrival": f"{DAY}T08:25:00Z",
            "patients": 2,
            "picked_up": ["P1", "P2"],
            "hospital": "CMH-GILGIT",
        }
    },
    "MOVEMENT": bulletin(
        "MOVEMENT",
        "PRIORITY",
        "en",
        "EXERCISE: staff convoy ROUND-4, routes A and B",
        [
            text(
                "s1",
                "en",
                "EXERCISE. Twelve engineers move in three armoured vehicles. The route"
                " is drawn at departure; call sign ROUND-4.",
                span("CODE", CALL),
            )
        ],
    )
    | {
        "label": {"tlp": "RED", "releasable_to": ["cn", "pk"]},
        "when": when("01:00", "05:00"),
        "place": DASU,
        "details": {
            "call_sign": CALL,
            "type": "CONVOY",
            "state": "APPROVED",
            "checkpoint": "CP-2",
            "vehicles": 3,
            "armoured": True,
            "persons": 12,
            "escort": "SPECIAL_SECURITY_DIVISION",
            "escort_vehicles": 4,
            "origin": "CAMP",
            "destination": "WORK_SITE",
            "routes": ["A", "B"],
            "medevac_on_call": True,
            "overdue_at": f"{DAY}T06:00:00Z",
            "release_delay": 240,
        },
    },
    "ROUTE_STATUS": bulletin(
        "ROUTE_STATUS",
        "PRIORITY",
        "ur",
        "مشق: بشام داسو سڑک پر احتیاط",
        [
            text(
                "s1",
                "ur",
                "مشق۔ تودے گرنے سے سڑک کا ایک حصہ بند ہے؛ صرف یک طرفہ آمد و رفت ہے۔",
            )
        ],
    )
    | {
        "when": when("03:00", "15:00"),
        "place": ROAD,
        "details": {
            "state": "AMBER",
            "cause": "LANDSLIDE",
            "alternative": ["B"],
            "restrictions": ["ONE_LANE", "DAYLIGHT_ONLY"],
            "checkpoints": ["CP-2", "CP-3"],
            "km_to": "147.0",
            "review": "2026-11-26",
        },
    },
    "SITE_POSTURE": bulletin(
        "SITE_POSTURE",
        "PRIORITY",
        "zh-Hans",
        "演习：达苏水电站提高防护等级",
        [
            text(
                "s1",
                "zh-Hans",
                "演习。自03:00Z起夜间禁行，全体人员住抗爆宿舍，快速反应分队15分钟到达。",
                span("TIME", "03:00Z"),
                span("NUMBER", "15"),
            )
        ],
    )
    | {
        "when": when("03:00"),
        "place": DASU,
        "details": {
            "level": "SEVERE",
            "since": f"{DAY}T03:00:00Z",
            "measures": ["ACCESS_CONTROL", "PROTECTED_QUARTERS", "NIGHT_MOVEMENT_BAN"],
            "reaction_minutes": 15,
            "quarters": ["BLAST_RESISTANT"],
            "in_quarters": 340,
            "shortfalls": ["DRONE_WATCH"],
            "review": "2026-11-27",
        },
    },
    "SENSOR_STATUS": bulletin(
        "SENSOR_STATUS",
        "ROUTINE",
        "en",
        "EXERCISE: cameras at Gwadar port partly down",
        [
            text(
                "s1",
                "en",
                "EXERCISE. Four of sixteen cameras at Gwadar port lost power.",
                span("PLACE", "Gwadar port", "GWADAR-PORT"),
            )
        ],
    )
    | {
        "when": when("02:00"),
        "place": {"site": "GWADAR-PORT"},
        "details": {
            "system": "CCTV",
            "state": "DEGRADED",
            "coverage": "PARTIAL",
            "units": 16,
            "units_down": 4,
            "cause": "TECHNICAL",
            "restored_by": f"{DAY}T16:00:00Z",
            "operator": "GWADAR_PORT_AUTHORITY",
        },
    },
    "PROJECT_STATUS": bulletin(
        "PROJECT_STATUS",
        "ROUTINE",
        "zh-Hans",
        "演习：达苏水电站施工暂停",
        [text("s1", "zh-Hans", "演习。因安全原因，主体工程暂停，发电不受影响。")],
    )
    | {
        "when": when("04:00"),
        "place": DASU,
        "details": {
            "sector": "HYDROPOWER",
            "status": "PAUSED",
            "reason": "SECURITY",
            "staff_on_site": 340,
            "decided_by": "PROJECT_COMPANY",
            "movement_effect": "STOPPED",
            "power_effect": "NONE",
            "power_lost": 0,
            "review": "2026-12-10",
        },
    },
    "CONSULAR_NOTE": bulletin(
        "CONSULAR_NOTE",
        "PRIORITY",
        "zh-Hans",
        "演习：请求对两名公民进行领事探视",
        [text("s1", "zh-Hans", "演习。请于2026-11-26前安排领事探视。")],
    )
    | {
        "label": {"tlp": "RED", "releasable_to": ["cn", "pk"]},
        "details": {
            "need": "CONSULAR_VISIT",
            "nationals": [{"country": "CHN", "count": 2}],
            "case": "C-2026-014",
            "access": "REQUESTED",
            "legal_basis": "VIENNA_CONVENTION_ART_36",
            "families_informed": True,
        },
    },
    "LIAISON": bulletin(
        "LIAISON",
        "ROUTINE",
        "en",
        "EXERCISE: duty roster of the liaison cell, 25 November 2026",
        [text("s1", "en", "EXERCISE. The interpreter is reached by the duty officer.")],
    )
    | {
        "when": when("00:00", "23:59"),
        "details": {
            "agency": "PK_FUSION_CELL",
            "roster": [
                {
                    "post": "DUTY-1",
                    "role": "DUTY_OFFICER",
                    "shift": "DAY",
                    "channel": "CH-7",
                    "deputy": "DUTY-2",
                    "english": "FLUENT",
                    "urdu": "NATIVE",
                },
                {
                    "post": "INTERPRETER-1",
                    "role": "INTERPRETER",
                    "shift": "NIGHT",
                    "channel": "CH-7",
                    "english": "WORKING",
                    "urdu": "FLUENT",
                    "mandarin": "NATIVE",
                    "pashto": "BASIC",
                },
            ],
            "consular_on_duty": True,
        },
    },
    "RFI": bulletin(
        "RFI",
        "PRIORITY",
        "ur",
        "مشق: قافلے کا راستہ معلوم کرنے کی درخواست",
        [
            text(
                "s1",
                "ur",
                "مشق۔ کیا ROUND-4 متبادل راستے سے جائے گا؟ جواب 03:00Z تک درکار ہے۔",
                span("CODE", CALL),
                span("TIME", "03:00Z"),
            )
        ],
    )
    | {
        "details": {
            "topic": "CONVOY",
            "purpose": "MOVEMENT_DECISION",
            "answer_by": f"{DAY}T03:00:00Z",
        }
    },
    "RFI_ANSWER": bulletin(
        "RFI_ANSWER",
        "PRIORITY",
        "zh-Hans",
        "演习：答复，车队改走B线",
        [
            text(
                "s1",
                "zh-Hans",
                "演习。车队ROUND-4确认改走B线，医疗直升机已待命。",
                span("CODE", CALL),
                span("CODE", "B"),
            )
        ],
    )
    | {
        "assessment": OWN,
        "details": {
            "topic": "CONVOY",
            "answer": "PARTIAL",
            "more_by": f"{DAY}T05:00:00Z",
        },
    },
    "REPLY": bulletin(
        "REPLY",
        "PRIORITY",
        "ur",
        "مشق: قافلہ ROUND-4 چل پڑا ہے",
        [
            text(
                "s1",
                "ur",
                "مشق۔ قافلہ ROUND-4 راستہ B سے آ رہا ہے۔",
                span("CODE", CALL),
                span("CODE", "B"),
            )
        ],
    )
    | {"details": {"topic": "CONVOY"}},
    "EXERCISE": bulletin(
        "EXERCISE",
        "ROUTINE",
        "en",
        "EXERCISE: inject 3, convoy diverted",
        [
            text(
                "s1",
                "en",
                "EXERCISE. On receipt, divert ROUND-4 as if route A were closed.",
                span("CODE", CALL),
            )
        ],
    )
    | {
        "when": when("01:00", "13:00"),
        "details": {
            "name": "WINTER-ROAD",
            "step": "INJECT",
            "number": 3,
            "goals": ["WARNING_TIME", "CONVOY_DIVERSION"],
            "participants": ["SSD_NORTH", "MPS_LIAISON", "ENTERPRISE_SECURITY"],
            "scenario": "ROADSIDE_BOMB",
            "results": [
                {"goal": "WARNING_TIME", "result": "MET", "minutes": 7},
                {"goal": "CONVOY_DIVERSION", "result": "PARTLY_MET"},
            ],
            "stop_word": "DAYLIGHT",
        },
    },
    "GLOSSARY": bulletin(
        "GLOSSARY",
        "ROUTINE",
        "en",
        "EXERCISE: joint terms, version 2",
        [text("s1", "en", "EXERCISE. Please confirm that these terms hold.")],
    )
    | {
        "details": {"version": 2, "in_force_from": "2026-12-01T00:00:00Z"},
        "terms": [
            {
                "id": "convoy",
                "domain": "MOVEMENT",
                "forms": [
                    {"lang": "en", "text": "convoy", "status": "PREFERRED"},
                    {"lang": "ur", "text": "قافلہ", "status": "PREFERRED"},
                    {"lang": "zh-Hans", "text": "车队", "status": "PREFERRED"},
                    {"lang": "zh-Hans", "text": "护航队", "status": "FORBIDDEN"},
                ],
            },
            {
                "id": "roadside-bomb",
                "domain": "THREAT",
                "forms": [
                    {"lang": "en", "text": "roadside bomb", "status": "PREFERRED"},
                    {"lang": "en", "text": "IED", "status": "ADMITTED"},
                    {"lang": "ur", "text": "سڑک کنارے نصب بم", "status": "PREFERRED"},
                    {"lang": "zh-Hans", "text": "路边炸弹", "status": "PREFERRED"},
                ],
            },
        ],
    },
    "ALL_CLEAR": bulletin(
        "ALL_CLEAR",
        "PRIORITY",
        "ur",
        "مشق: بشام داسو سڑک کا خطرہ ختم",
        [text("s1", "ur", "مشق۔ سڑک کی تلاشی مکمل ہو گئی؛ قافلہ روانہ ہو سکتا ہے۔")],
    )
    | {
        "when": when("12:30"),
        "place": ROAD,
        "details": {"ends": "WARNING", "remaining": ["PATROLS", "EXTRA_GUARDS"]},
    },
}
