"""Words of Chinese for negation and modality: not, may, must.

Excludes words that only contain such a syllable: 无人机 is a drone, 不久 is soon.
"""

from exchange.recognise.rule import Rule

NEGATION = (
    Rule("不", "不(?![久仅但断过同少足])", "不通 | no: 不久 | no: 不仅"),
    Rule("没", "没(?!收)", "没有 | no: 没收"),
    Rule(
        "无",
        "[无無](?!人[机驾艇车船值]|[线论数])",
        "无伤亡 | no: 无人机 | no: 无线 | no: 无数",
    ),
    Rule("未", "未(?!来)", "未到 | no: 未来"),
    Rule("非", "[并绝]非|非武装", "并非 | 非武装 | no: 非洲"),
    Rule(
        "to forbid, deny, refuse",
        "勿|否认|拒[绝不]|并无|禁止|严禁",
        "请勿靠近 | 拒绝 | 禁止通行 | no: 拒马",
    ),
)
MODALITY = (
    Rule("may", "可能|可以|也许|或许", "可能 | no: 可靠"),
    Rule(
        "must",
        "必须|必需|务必|(?<!胡)须|应当|应该|(?<![反供响适相回])应(?![对急答变用])",
        "必须 | 应停车 | 须停车 | no: 胡须 | no: 应急 | no: 反应 | no: 供应",
    ),
    Rule("need", "需要|需(?!求)", "需停车 | no: 需求"),
    Rule(
        "can and cannot, will perhaps",
        "能够|不能|不得|不可|或将",
        "不得通过 | 或将关闭 | no: 能源",
    ),
)
