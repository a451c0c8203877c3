"""A drill: its plan, injects and end. Its mode must be EXERCISE."""

from exchange.bulletin.schema import Field, Kind, Type, say

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
            "participants",
            say("Participants", "شرکاء", "参演单位"),
            Type.CODE,
            codes="agency",
            many=True,
        ),
        Field(
            "scenario",
            say("Scenario", "فرضی صورتحال", "情景"),
            Type.CODE,
            codes="attack",
        ),
        Field(
            "results",
            say("Results by goal", "مقاصد کے نتائج", "各目标结果"),
            Type.RECORD,
            many=True,
            parts=(
                Field(
                    "goal",
                    say("Goal", "مقصد", "目标"),
                    Type.CODE,
                    codes="exercise_goal",
                    required=True,
                ),
                Field(
                    "result",
                    say("Result", "نتیجہ", "结果"),
                    Type.CODE,
                    codes="exercise_result",
                    required=True,
                ),
                Field(
                    "minutes",
                    say("Time taken", "لگنے والا وقت", "用时"),
                    Type.COUNT,
                    unit="MINUTE",
                ),
            ),
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
