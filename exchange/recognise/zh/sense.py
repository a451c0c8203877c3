"""Words of Chinese that turn a sentence round: not, may, must.

Words that merely hold such a syllable are left out: 无人机 is a drone, 不久 is soon.
"""

from exchange.recognise.rule import Rule

NEGATION = (
    Rule("不", "不(?![久仅但断过同少足])", matches=("不通",), rejects=("不久", "不仅")),
    Rule("没", "没(?!收)", matches=("没有",), rejects=("没收",)),
    Rule(
        "无",
        "[无無](?!人[机驾艇车船值]|[线论数])",
        matches=("无伤亡",),
        rejects=("无人机", "无线", "无数"),
    ),
    Rule("未", "未(?!来)", matches=("未到",), rejects=("未来",)),
    Rule("非", "[并绝]非|非武装", matches=("并非", "非武装"), rejects=("非洲",)),
    Rule(
        "to forbid, deny, refuse",
        "勿|否认|拒[绝不]|并无|禁止|严禁",
        matches=("请勿靠近", "拒绝", "禁止通行"),
        rejects=("拒马",),
    ),
)
MODALITY = (
    Rule("may", "可能|可以|也许|或许", matches=("可能",), rejects=("可靠",)),
    Rule(
        "must",
        "必须|必需|务必|(?<!胡)须|应当|应该|(?<![反供响适相回])应(?![对急答变用])",
        matches=("必须", "应停车", "须停车"),
        rejects=("胡须", "应急", "反应", "供应"),
    ),
    Rule("need", "需要|需(?!求)", matches=("需停车",), rejects=("需求",)),
    Rule(
        "can and cannot, will perhaps",
        "能够|不能|不得|不可|或将",
        matches=("不得通过", "或将关闭"),
        rejects=("能源",),
    ),
)
