"""Chinese words: measure words, times of day."""

MEASURES = (
    "名人辆架艘个枚支挺把次处座条米天日月年位只台批组队发件份级度吨倍层家所艇轮门颗具起"
    "列节车户箱袋桶升瓦周岁种类项"
)
"""Measure words, which follow a number."""
COUNTED = f"[{MEASURES}]|公里|千米|小时|分钟|百分点|摄氏度|华氏度|[死伤]"
"""Words after a numeral that show it is a count."""
ZONES = {
    "Z": ("协调世界时", "世界协调时", "世界时"),
    "+05:00": ("巴基斯坦时间",),
    "+08:00": ("北京时间",),
}
DAY_PARTS = {
    "am": ("凌晨",),
    "morning": ("上午", "早上", "早晨", "清晨"),
    "noon": ("中午",),
    "afternoon": ("下午",),
    "evening": ("傍晚",),
    "night": ("夜间", "深夜", "夜里", "半夜", "午夜"),
    "late": ("晚上", "晚间", "今晚"),
}
QUARTERS = {"一刻": 15, "三刻": 45, "半": 30, "整": 0}
