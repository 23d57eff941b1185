"""Limits of drinking water as rules to start from.

Where a standard has an acceptable and a permissible limit, a value above the first is a warning and one above
the second critical.
"""

from cloud.alerting.template import Template, everywhere, ladder
from protocol.rule import Op, Severity

_IS_10500 = "IS 10500:2012, acceptable and permissible limit"


def _above(key: str, name: str, metric: str, unit: str, warning: float, critical: float) -> Template:
    rule = everywhere(
        key,
        name,
        metric,
        "Measure again with a test kit; have a laboratory look at it; take another source if it stays.",
        op=Op.ABOVE,
        ladder=ladder(warning, critical),
        unit=unit,
        count=3,
        clear_for_s=900.0,
    )
    return Template(category="water quality", source=f"{_IS_10500} of {name.lower()}", rule=rule)


QUALITY = [
    Template(
        category="water quality",
        source="IS 10500:2012: pH 6.5 to 8.5, no relaxation",
        rule=everywhere(
            f"ph-{side}",
            f"pH too {side}",
            "ph",
            "Measure again with a test kit; look at the dosing.",
            op=op,
            threshold=limit,
            unit="pH",
            count=3,
            clear_for_s=900.0,
        ),
    )
    for side, op, limit in (("low", Op.BELOW, 6.5), ("high", Op.ABOVE, 8.5))
] + [
    Template(
        category="water quality",
        source="IS 10500:2012: at least 0.2 mg/L of free residual chlorine",
        rule=everywhere(
            "chlorine-low",
            "Too little chlorine",
            "chlorine",
            "Look at the chlorine stock and the dosing pump; measure again at a tap.",
            op=Op.BELOW,
            threshold=0.2,
            unit="mg/L",
            for_s=900.0,
            clear_for_s=900.0,
        ),
    ),
    Template(
        category="water quality",
        source="IS 10500:2012: 1 mg/L of free residual chlorine at most; WHO: 5 mg/L at most",
        rule=everywhere(
            "chlorine-high",
            "Too much chlorine",
            "chlorine",
            "Lower the dosing; measure again at a tap; above 5 mg/L nobody should drink it.",
            op=Op.ABOVE,
            ladder=ladder(1.0, 5.0),
            unit="mg/L",
            for_s=900.0,
            clear_for_s=900.0,
        ),
    ),
    _above("tds-high", "Dissolved solids", "tds", "mg/L", 500.0, 2_000.0),
    _above("turbidity-high", "Turbidity", "turbidity", "NTU", 1.0, 5.0),
    _above("hardness-high", "Hardness", "hardness", "mg/L", 200.0, 600.0),
    # One limit since the amendment of 2015, 1.0 instead of 0.3.
    _above("iron-high", "Iron", "iron", "mg/L", 0.3, 1.0),
    _above("fluoride-high", "Fluoride", "fluoride", "mg/L", 1.0, 1.5),
    Template(
        category="water quality",
        source="IS 10500:2012: 45 mg/L of nitrate, no relaxation",
        rule=everywhere(
            "nitrate-high",
            "Nitrate",
            "nitrate",
            "Give infants no such water; have a laboratory look at it.",
            op=Op.ABOVE,
            threshold=45.0,
            unit="mg/L",
            count=3,
            clear_for_s=900.0,
            severity=Severity.CRITICAL,
        ),
    ),
]
