"""A drill: its plan, injects and end. Its mode must be EXERCISE."""

from exchange.bulletin.declare import Field, Kind, Type, say

KIND = Kind(
    "EXERCISE",
    say("Exercise order", "مشق کا حکم", "演习指令"),
    (
        Field(
            "name",
            say("Exercise name", "مشق کا نام", "演习代号"),
            Type.WORD,
            required=True,
        ),
        Field(
            "step",
            say("Step", "مرحلہ", "阶段"),
            Type.CODE,
            codes="exercise_step",
            required=True,
        ),
        Field(
            "number",
            say("Inject number", "فرضی واقعے کا نمبر", "导调序号"),
            Type.COUNT,
            bounds=(1, 999),
        ),
        Field(
            "goals",
            say("Goals", "مقاصد", "目标"),
            Type.CODE,
            codes="exercise_goal",
            many=True,
        ),
        Field(
            "stop_word",
            say("Stop word", "روکنے کا لفظ", "终止口令"),
            Type.WORD,
        ),
    ),
    ack="READ",
    needs=("when",),
)
